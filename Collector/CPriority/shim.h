/// What a process may ask of Linux to be out of everyone's way; Swift cannot call these variadic functions, nor those
/// that glibc declares for _GNU_SOURCE alone.
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Disk only when nobody else wants it: ioprio_set(2), for which glibc has no wrapper. Class 3 is idle; 1 is a process.
static inline int priority_idle_disk(void) { return (int)syscall(SYS_ioprio_set, 1, 0, 3 << 13); }

/// CPU only when nobody else wants it: sched(7). For threads that begin later, too.
static inline int priority_idle_cpu(void) {
    struct sched_param none = {0};
    return sched_setscheduler(0, 5 /* SCHED_IDLE */, &none);
}

/// Ask to be told to end when the thread that started this process ends: PR_SET_PDEATHSIG(2const).
static inline int priority_end_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0); }

extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

/// A program that is begun with these file actions gets none of our files but the first three: glibc 2.34.
static inline int priority_keep_three(void *actions) { return posix_spawn_file_actions_addclosefrom_np(actions, 3); }
