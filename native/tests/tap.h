/* A tap device in a network of the test's own. Needs root and /dev/net/tun. */
#ifndef NETVM_TESTS_TAP_H
#define NETVM_TESTS_TAP_H

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <net/if.h>

#define TAP "tap0"

/* Returns 0, or -1 with errno where this machine gives none. */
static inline int tap_network(void)
{
	return unshare(CLONE_NEWNET);
}

/* Returns its descriptor, with which it goes, or -1 with errno. */
static inline int tap_make(void)
{
	struct ifreq request = {.ifr_name = TAP, .ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0 ? -1 : fd;
}

#endif
