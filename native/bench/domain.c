#define _GNU_SOURCE
#include "domain.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../abi/futex.h"
#include "../base/clock.h"

#define HUGE_PAGE (2ul << 20)

static struct netvm_region_header header_for(uint32_t buffers)
{
	struct netvm_region_header h = {
		.magic = NETVM_REGION_MAGIC,
		.abi_version = NETVM_REGION_ABI,
		.nf_slots = NETVM_MAX_NFS,
		.slots_offset = NETVM_SLOTS_OFFSET,
		.services_offset = NETVM_SERVICES_OFFSET,
		.links_offset = NETVM_LINKS_OFFSET,
		.lanes_offset = NETVM_LANES_OFFSET,
		.rings_offset = NETVM_RINGS_OFFSET,
		.ring_stride = sizeof(struct netvm_ring) + DOMAIN_RING * sizeof(struct netvm_desc) + NETVM_CACHE_LINE,
		.buffer_stride = DOMAIN_STRIDE,
		.ring_entries = DOMAIN_RING,
		.buffers = buffers,
		.tsc_hz = clock_tsc_hz(),
	};
	h.buffers_offset = (h.rings_offset + NETVM_RINGS * h.ring_stride + 4095) / 4096 * 4096;
	h.total_bytes = h.buffers_offset + (uint64_t)buffers * DOMAIN_STRIDE;
	return h;
}

/* A power of two, and more than the region has. */
static uint64_t file_bytes(uint64_t bytes)
{
	uint64_t size = 1;
	while (size <= bytes)
		size *= 2;
	return size;
}

static void *map_new(struct domain *d, unsigned flags)
{
	int fd = memfd_create("domain", flags);
	if (fd < 0)
		return MAP_FAILED;
	void *p = ftruncate(fd, (off_t)file_bytes(d->bytes)) == 0 ? mmap(NULL, d->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0) : MAP_FAILED;
	if (p == MAP_FAILED)
		close(fd);
	else
		snprintf(d->file, sizeof d->file, "/proc/%d/fd/%d", getpid(), fd);
	return p;
}

static struct netvm_ring *ring_at(const struct domain *d, uint32_t index)
{
	const struct netvm_region_header *h = (const struct netvm_region_header *)d->region;
	return (struct netvm_ring *)(d->region + h->rings_offset + index * h->ring_stride);
}

int domain_create(struct domain *d, uint32_t buffers)
{
	struct netvm_region_header h = header_for(buffers);
	*d = (struct domain){.bytes = (h.total_bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE};
	d->region = map_new(d, MFD_HUGETLB);
	if (d->region == MAP_FAILED)
		d->region = map_new(d, 0);
	if (d->region == MAP_FAILED)
		return -1;
	memcpy(d->region, &h, sizeof h);
	domain_reset(d);
	return 0;
}

void domain_reset(struct domain *d)
{
	const struct netvm_region_header *h = (const struct netvm_region_header *)d->region;
	memset(d->region + h->slots_offset, 0, h->buffers_offset - h->slots_offset);
	memset(d->region + h->lanes_offset, NETVM_TO_HOST, NETVM_LANES * sizeof(struct netvm_lane));
	memset(d->region + h->links_offset, NETVM_TO_HOST, NETVM_LINKS * sizeof(struct netvm_link));
	netvm_producer_open(&d->first, ring_at(d, netvm_ring_in(0)), DOMAIN_RING);
}

void domain_start(struct domain *d, uint32_t slot, char *const *argv, int log)
{
	pid_t parent = getpid(), child = fork();
	if (child != 0) {
		d->nf[slot] = child;
		return;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int domain_wait_ready(struct domain *d, uint32_t slot)
{
	struct netvm_nf_slot *s = netvm_slot(d->region, slot);
	int status;
	while (__atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != NETVM_NF_READY) {
		if (waitpid(d->nf[slot], &status, WNOHANG) == d->nf[slot]) {
			d->nf[slot] = 0;
			return status != 0 ? status : -1;
		}
		usleep(50);
	}
	return 0;
}

void domain_chain(struct domain *d, uint32_t n)
{
	const struct netvm_region_header *h = (const struct netvm_region_header *)d->region;
	struct netvm_link *links = (struct netvm_link *)(d->region + h->links_offset);
	struct netvm_lane *lanes = (struct netvm_lane *)(d->region + h->lanes_offset);
	for (uint32_t i = 0; i + 1 < n; i++) {
		links[i] = (struct netvm_link){.from = (uint8_t)i, .to = (uint8_t)(i + 1)};
		lanes[0].link[i] = (uint8_t)i;
		netvm_slot(d->region, i + 1)->links_in = 1ull << i;
	}
	lanes[0].link[n - 1] = NETVM_TO_HOST;
	for (uint32_t i = 0; i < n; i++)
		__atomic_fetch_add(&netvm_slot(d->region, i)->order, 1, __ATOMIC_RELEASE);
	netvm_consumer_open(&d->last, ring_at(d, netvm_ring_out(n - 1)), DOMAIN_RING);
}

/* Whether one of them is not there any more. It stays to be waited for. */
static int somebody_died(const struct domain *d)
{
	for (uint32_t i = 0; i < NETVM_MAX_NFS; i++) {
		siginfo_t info = {0};
		if (d->nf[i] > 0 && waitid(P_PID, (id_t)d->nf[i], &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
			return 1;
	}
	return 0;
}

int domain_round(struct domain *d, struct netvm_desc *desc, uint32_t n)
{
	uint32_t *word = &((struct netvm_region_header *)d->region)->host_sleeping;
	for (uint32_t pushed = 0; pushed < n;)
		pushed += netvm_ring_push(&d->first, desc + pushed, n - pushed);
	netvm_wake(&netvm_slot(d->region, 0)->sleeping);
	for (uint32_t back = 0; back < n;) {
		netvm_announce_sleep(word);
		if (netvm_ring_empty(&d->last))
			netvm_sleep(word, 10000000);
		__atomic_store_n(word, 0, __ATOMIC_RELAXED);
		uint32_t before = back;
		for (uint32_t got; (got = netvm_ring_pop(&d->last, desc + back, n - back)) > 0;)
			back += got;
		if (back == before && somebody_died(d))
			return -1;
	}
	return 0;
}

int domain_stop(struct domain *d, uint32_t slot)
{
	int status = 0;
	struct netvm_nf_slot *s = netvm_slot(d->region, slot);
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
	netvm_wake(&s->sleeping);
	if (d->nf[slot] > 0)
		waitpid(d->nf[slot], &status, 0);
	d->nf[slot] = 0;
	memset(s, 0, sizeof *s);
	return status;
}

void domain_delete(struct domain *d)
{
	close(atoi(strrchr(d->file, '/') + 1));
	munmap(d->region, d->bytes);
}
