/* Writing a telemetry segment (abi/telemetry.h): the process's own counters, events and histogram, in a file others only read. */
#ifndef NETVM_BASE_TELEMETRY_H
#define NETVM_BASE_TELEMETRY_H

#include <stdint.h>

#include "../abi/telemetry.h"

#define TELEMETRY_EVENTS 16384u

/* A PCI device's memory is a power of two: room for a segment without a histogram. */
#define TELEMETRY_DEVICE_BYTES (1u << 20)

struct telemetry {
	struct netvm_telemetry_header *header;
	char (*names)[NETVM_TELEMETRY_NAME_BYTES];
	uint64_t *values; /* one for each name, in the same order */
	struct netvm_event *events;
	uint64_t *histogram; /* NULL without */
};

/* Creates the file (mode 0600, zeroed, resident) with these counters. Returns 0, or -1 with a sentence on stderr. */
int telemetry_create(struct telemetry *t, const char *file, const char *const *names, uint32_t counters,
		     int with_histogram, uint64_t tsc_hz);

/* The same in memory that is there already, TELEMETRY_DEVICE_BYTES at least and all 0: a PCI device's, as a guest sees it. */
int telemetry_create_in(struct telemetry *t, void *memory, uint64_t bytes, const char *const *names, uint32_t counters, uint64_t tsc_hz);

/* Appends an event; the oldest is overwritten when the log is full. */
void telemetry_event(struct telemetry *t, enum netvm_event_kind kind, uint64_t start, uint64_t end, uint64_t count,
		     uint32_t aux);

#endif
