# The C half of signal: the same functions without the enums, whose import costs more than they do.
from signal import ITIMER_REAL as ITIMER_REAL
from signal import SIG_DFL as SIG_DFL
from signal import SIGALRM as SIGALRM
from signal import SIGHUP as SIGHUP
from signal import SIGINT as SIGINT
from signal import SIGKILL as SIGKILL
from signal import SIGQUIT as SIGQUIT
from signal import SIGTERM as SIGTERM
from signal import SIGUSR1 as SIGUSR1
from signal import SIGUSR2 as SIGUSR2
from signal import SIGXCPU as SIGXCPU
from signal import getsignal as getsignal
from signal import setitimer as setitimer
from signal import signal as signal
