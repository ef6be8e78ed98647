#define _GNU_SOURCE
#include "memif_region.h"

#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define REGION_BYTES_MAX (4ull << 30) /* offsets have 32 bits */

static _Atomic(struct memif_server *) guarded[MEMIF_SERVERS_MAX];
static uint32_t guards;
static struct sigaction before;

const char *memif_map(struct memif_region *region, uint64_t bytes, int file)
{
	struct stat st;
	struct statfs fs;
	if (fstat(file, &st) != 0 || fstatfs(file, &fs) != 0)
		return "a region's file cannot be read";
	if (!S_ISREG(st.st_mode) || (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC))
		return "a region's file is in memory or on huge pages"; /* others can make a reader wait */
	if (bytes == 0 || bytes > REGION_BYTES_MAX)
		return "a region has 1 byte to 4 GiB";
	if ((uint64_t)st.st_size < bytes)
		return "a region's file is shorter than the region";
	uint64_t page = fs.f_type == HUGETLBFS_MAGIC ? (uint64_t)fs.f_bsize : 4096;
	uint64_t mapped = (bytes + page - 1) / page * page;
	void *base = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
	if (base == MAP_FAILED)
		return "a region cannot be mapped";
	*region = (struct memif_region){base, bytes, mapped};
	return NULL;
}

void memif_unmap_all(struct memif_link *link)
{
	for (uint32_t i = 0; i < link->regions; i++)
		munmap(link->region[i].base, link->region[i].mapped);
	memset(link, 0, sizeof *link);
}

/* Memory of our own in the place of a client's that is gone. Returns 0 where the address is in no region of this server. */
static int replace_region(struct memif_server *s, const uint8_t *at)
{
	for (uint32_t i = 0; i < s->link.regions && i < MEMIF_REGIONS_MAX; i++) {
		struct memif_region *r = &s->link.region[i];
		if (at < r->base || at >= r->base + r->mapped)
			continue;
		if (mmap(r->base, r->mapped, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
			return 0;
		memif_server_fault(s, "a region's file has been made shorter");
		return 1;
	}
	return 0;
}

static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	for (uint32_t i = 0; i < MEMIF_SERVERS_MAX; i++) {
		struct memif_server *s = atomic_load(&guarded[i]);
		if (s && replace_region(s, info->si_addr))
			return;
	}
	sigaction(SIGBUS, &before, NULL); /* not ours: it faults again, and does what it did before */
}

int memif_guard(struct memif_server *s)
{
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
	sigemptyset(&action.sa_mask);
	for (uint32_t i = 0; i < MEMIF_SERVERS_MAX; i++) {
		struct memif_server *none = NULL;
		if (!atomic_compare_exchange_strong(&guarded[i], &none, s))
			continue;
		return guards++ == 0 ? sigaction(SIGBUS, &action, &before) : 0;
	}
	errno = EMFILE;
	return -1;
}

void memif_unguard(struct memif_server *s)
{
	for (uint32_t i = 0; i < MEMIF_SERVERS_MAX; i++) {
		struct memif_server *expected = s;
		if (atomic_compare_exchange_strong(&guarded[i], &expected, NULL) && --guards == 0)
			sigaction(SIGBUS, &before, NULL);
	}
}
