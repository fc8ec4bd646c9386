/// Kernel headers that the Glibc module leaves out.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
