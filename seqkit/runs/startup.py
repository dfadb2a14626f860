"""How a command of seqkit starts and ends: quietly, and without a traceback for a user's mistake."""

import contextlib
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from seqkit.checks import InputError


def load_backend() -> None:
    """Imports Keras and its backend without the dozen lines they print about devices that are not there.

    What they print goes to a file meanwhile, and comes out of it if the import fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # from then on: errors only
    with _held_back():
        import keras

        keras.ops.zeros(()) + 1  # the first operation looks for devices, and prints as well


def command(main: Callable[[], Any]) -> int:
    """Runs a command: its exit status, with a user's mistake as one line on standard error.

    An interrupt, and an output that nobody reads on, end it in silence, with the status that shells know them by.
    Everything else but an `InputError` is a defect of ours and shows with its traceback.
    """
    warnings.showwarning = _note
    try:
        main()
        sys.stdout.flush()  # here, where an output that is closed can still be told
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Python flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"note: {message}", file=sys.stderr)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    # The lines come from C++, which knows nothing of `sys.stderr`: only its file descriptor can be turned away.
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
