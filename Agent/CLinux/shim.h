/// Kernel headers that the Glibc module leaves out.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Whether a number is that of a process, and not of one of its threads: tgkill(2) wants both numbers to fit, and signal
/// 0 is only asked about. syscall(2) is variadic, which Swift cannot call.
static inline int linux_is_process(int number) {
    return syscall(SYS_tgkill, number, number, 0) == 0 || errno == EPERM;
}
