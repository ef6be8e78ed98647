/* nflib's ways to sleep and to wake, for a guest with a kernel. */
#define _GNU_SOURCE
#include "host.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../abi/guest.h"
#include "../abi/wait.h"
#include "../nflib/host.h"
#include "ivshmem.h"

/* Of a guest that nobody can wake: how long it may sleep before it looks. */
#define BLIND_SLEEP_NS 200000l

static struct ivshmem bells;
static char *first_slot;
static int line = -1;
uint64_t netvm_tsc_ahead;

static void ring(uint32_t bell)
{
	if (bells.doorbell)
		*bells.doorbell = netvm_bell(bell);
}

/* Asks what the host's clock says, several times, and believes the answer that came fastest. */
static void set_clock(void)
{
	struct netvm_guest_page *page = bells.memory;
	uint64_t fastest = ~0ull;
	for (int i = 0; i < 20; i++) {
		uint64_t before = __atomic_load_n(&page->answers, __ATOMIC_ACQUIRE), asked = __builtin_ia32_rdtsc();
		ring(NETVM_BELL_CLOCK);
		for (int turns = 0; turns < 1000 && __atomic_load_n(&page->answers, __ATOMIC_ACQUIRE) == before; turns++)
			usleep(10);
		uint64_t answered = __builtin_ia32_rdtsc();
		if (page->answers == before || answered - asked >= fastest)
			continue;
		fastest = answered - asked;
		netvm_tsc_ahead = page->host_tsc - asked - fastest / 2;
	}
}

const char *host_open(void *region)
{
	first_slot = (char *)region + NETVM_SLOTS_OFFSET; /* the launcher refuses a region where they lie elsewhere */
	line = open(NETVM_GUEST_CONTROL, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line < 0)
		return "the control line cannot be opened";
	if (ivshmem_open(&bells, 1) == NULL)
		set_clock();
	else
		bells.doorbell = NULL;
	return NULL;
}

void host_say(const char *word)
{
	char text[64];
	size_t n = strlen(word);
	if (n >= sizeof text)
		return;
	memcpy(text, word, n);
	text[n] = '\n';
	if (write(line, text, n + 1) < 0) {
		/* a line that is full: the launcher has enough to read */
	}
}

/* Words are in slots, or netvmd's own. */
static uint32_t bell_of(const uint32_t *word)
{
	uint64_t slot = (uint64_t)((const char *)word - first_slot) / sizeof(struct netvm_nf_slot);
	return (const char *)word >= first_slot && slot < NETVM_MAX_NFS ? (uint32_t)slot : NETVM_BELL_HOST;
}

void netvm_nf_wake(uint32_t *word)
{
	if (netvm_take_sleeper(word))
		ring(bell_of(word));
}

/* What was sent for an earlier sleep, or more than once, wakes us early at worst. */
static void wait_for_byte(long limit_ns)
{
	char bytes[64];
	struct pollfd p = {.fd = line, .events = POLLIN};
	struct timespec limit = {limit_ns / 1000000000, limit_ns % 1000000000};
	if (ppoll(&p, 1, &limit, NULL) <= 0)
		return;
	while (read(line, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
}

void netvm_nf_sleep(uint32_t *word, long limit_ns)
{
	(void)word; /* the launcher sleeps on it */
	if (limit_ns <= 0)
		return;
	if (!bells.doorbell && limit_ns > BLIND_SLEEP_NS)
		limit_ns = BLIND_SLEEP_NS;
	ring(NETVM_BELL_ASLEEP);
	wait_for_byte(limit_ns);
}

void netvm_nf_yield(void)
{
	sched_yield();
}
