#define _GNU_SOURCE
#include "telemetry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t align_up(uint64_t value)
{
	return (value + 63) & ~63ull;
}

static struct netvm_telemetry_header layout(uint32_t counters, int with_histogram, uint64_t tsc_hz)
{
	struct netvm_telemetry_header h = {
		.magic = NETVM_TELEMETRY_MAGIC,
		.abi_version = NETVM_TELEMETRY_ABI,
		.counters = counters,
		.events_max = TELEMETRY_EVENTS,
		.histogram_len = with_histogram ? NETVM_HDR_LEN : 0,
		.names_offset = sizeof h,
		.tsc_hz = tsc_hz,
	};
	h.values_offset = align_up(h.names_offset + (uint64_t)counters * NETVM_TELEMETRY_NAME_BYTES);
	h.events_offset = align_up(h.values_offset + (uint64_t)counters * sizeof(uint64_t));
	h.histogram_offset = h.events_offset + (uint64_t)h.events_max * sizeof(struct netvm_event);
	h.total_bytes = h.histogram_offset + (uint64_t)h.histogram_len * sizeof(uint64_t);
	return h;
}

static void *map_new_file(const char *file, uint64_t bytes)
{
	int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return NULL;
	}
	void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	if (base == MAP_FAILED) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return NULL;
	}
	return base;
}

static void fill(struct telemetry *t, char *base, struct netvm_telemetry_header h, const char *const *names)
{
	t->header = (struct netvm_telemetry_header *)base;
	t->names = (char(*)[NETVM_TELEMETRY_NAME_BYTES])(base + h.names_offset);
	t->values = (uint64_t *)(base + h.values_offset);
	t->events = (struct netvm_event *)(base + h.events_offset);
	t->histogram = h.histogram_len > 0 ? (uint64_t *)(base + h.histogram_offset) : NULL;
	for (uint32_t i = 0; i < h.counters; i++)
		snprintf(t->names[i], NETVM_TELEMETRY_NAME_BYTES, "%s", names[i]);
	uint64_t magic = h.magic;
	h.magic = 0; /* the magic last: a reader never sees half a header as a whole one */
	*t->header = h;
	__atomic_store_n(&t->header->magic, magic, __ATOMIC_RELEASE);
}

int telemetry_create(struct telemetry *t, const char *file, const char *const *names, uint32_t counters,
		     int with_histogram, uint64_t tsc_hz)
{
	struct netvm_telemetry_header h = layout(counters, with_histogram, tsc_hz);
	char *base = map_new_file(file, h.total_bytes);
	if (!base)
		return -1;
	fill(t, base, h, names);
	return 0;
}

int telemetry_create_in(struct telemetry *t, void *memory, uint64_t bytes, const char *const *names, uint32_t counters, uint64_t tsc_hz)
{
	struct netvm_telemetry_header h = layout(counters, 0, tsc_hz);
	if (h.total_bytes > bytes) {
		fprintf(stderr, "the device has %lu bytes of memory, and its counters need %lu\n", bytes, h.total_bytes);
		return -1;
	}
	fill(t, memory, h, names);
	return 0;
}

void telemetry_event(struct telemetry *t, enum netvm_event_kind kind, uint64_t start, uint64_t end, uint64_t count,
		     uint32_t aux)
{
	uint64_t i = t->header->events_written;
	t->events[i % TELEMETRY_EVENTS] = (struct netvm_event){start, end, count, kind, aux};
	__atomic_store_n(&t->header->events_written, i + 1, __ATOMIC_RELEASE);
}
