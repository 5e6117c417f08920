"""Run a program that the kernel kills when the one that started it dies, however it dies.

Called as ``python leash.py PARENT PROGRAM ARGUMENT...``; replaces itself by the program, so it costs no
process. Linux only; elsewhere the program runs without the leash. The kernel looks at the *thread* that
started the program: start servers from a thread that lives as long as they shall.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent died before the program could be tied to it")
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
