#define _GNU_SOURCE
#include "bells.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../abi/futex.h"

#define PROTOCOL_VERSION 0
#define GUEST_PEER 0
#define PAGE_BYTES 4096

static int complain(const char *what)
{
	fprintf(stderr, "netvm-vm: %s: %s\n", what, strerror(errno));
	return -1;
}

/* A message of the ivshmem server's protocol: a number, and with some a descriptor. */
static int say(int to, int64_t number, int fd)
{
	char control[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec iov = {&number, sizeof number};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(to, &m, MSG_NOSIGNAL) == (ssize_t)sizeof number ? 0 : complain("the doorbell's server");
}

/* All that a server ever says to its first client, written before there is one: version, the client's number, the memory, and the bells of its only peer. */
static int introduce(struct bells *b, int memory)
{
	int fault = say(b->ours, PROTOCOL_VERSION, -1) != 0 || say(b->ours, GUEST_PEER, -1) != 0 || say(b->ours, -1, memory) != 0;
	for (uint32_t i = 0; i < NETVM_BELLS && !fault; i++)
		fault = say(b->ours, NETVM_BELL_PEER, b->event[i]) != 0;
	return fault ? -1 : 0;
}

static int open_events(struct bells *b)
{
	b->any = epoll_create1(EPOLL_CLOEXEC); /* of all but the guest's own sleep, which the relay waits for */
	for (uint32_t i = 0; i < NETVM_BELLS; i++) {
		b->event[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
		if (b->any < 0 || b->event[i] < 0 || (i != NETVM_BELL_ASLEEP && epoll_ctl(b->any, EPOLL_CTL_ADD, b->event[i], &e) != 0))
			return complain("an eventfd");
	}
	return 0;
}

int bells_open(struct bells *b, const struct vm_region *region)
{
	int ends[2], memory = memfd_create("netvm-bells", MFD_CLOEXEC);
	*b = (struct bells){.region = region};
	if (memory < 0 || ftruncate(memory, PAGE_BYTES) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return complain("the doorbell");
	b->qemu = ends[0];
	b->ours = ends[1];
	b->page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (b->page == MAP_FAILED)
		return complain("the doorbell's memory");
	int fault = open_events(b) != 0 || introduce(b, memory) != 0;
	close(memory);
	return fault ? -1 : 0;
}

static void tell_time(struct netvm_guest_page *page)
{
	page->host_tsc = netvm_tsc();
	__atomic_fetch_add(&page->answers, 1, __ATOMIC_RELEASE);
}

/* The guest has set the word to 0 already, or somebody else has: a wake-up too many does no harm. */
static void wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void bells_answer(struct bells *b)
{
	struct epoll_event events[8];
	uint64_t times;
	int n = epoll_wait(b->any, events, 8, 0);
	for (int i = 0; i < n; i++) {
		uint32_t bell = events[i].data.u32;
		if (read(b->event[bell], &times, sizeof times) != (ssize_t)sizeof times)
			continue;
		if (bell == NETVM_BELL_CLOCK)
			tell_time(b->page);
		else {
			wake(vm_region_word(b->region, bell));
			b->answered++;
		}
	}
}
