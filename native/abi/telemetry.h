/*
 * Telemetry segment: how a native process shows its counters, latency histogram and events to the harness.
 *
 * One file per process (mode 0600), written by that process alone and mapped read-only by the addon, so reading costs
 * the data path nothing. The file describes itself: a reader needs the header only, and finds counters by name.
 *
 *   header | names (64 bytes each) | values (u64 each) | events (32 bytes each) | histogram (u64 each)
 *
 * Times are raw TSC ticks; divide by `tsc_hz`. All processes of one host share the TSC.
 */
#ifndef NETVM_ABI_TELEMETRY_H
#define NETVM_ABI_TELEMETRY_H

#include <stdint.h>

#define NETVM_TELEMETRY_MAGIC 0x594c54544d56544eull /* "NTVMTTLY" */
#define NETVM_TELEMETRY_ABI 1u
#define NETVM_TELEMETRY_NAME_BYTES 64u

struct netvm_telemetry_header {
	uint64_t magic;
	uint32_t abi_version;
	uint32_t counters;       /* number of names and of values */
	uint32_t events_max;     /* slots in the event log; a power of two */
	uint32_t histogram_len;  /* 0: no histogram */
	uint64_t names_offset;   /* bytes from the start of the file */
	uint64_t values_offset;
	uint64_t events_offset;
	uint64_t histogram_offset;
	uint64_t tsc_hz;
	uint64_t total_bytes;
	uint64_t events_written; /* ever; event i is in slot i % events_max */
	uint64_t reserved[6];
};
_Static_assert(sizeof(struct netvm_telemetry_header) == 128, "telemetry header is two cache lines");

enum netvm_event_kind {
	/* A loop did not run from `start` to `end`: its core was taken away. count: unused. aux: cpu */
	NETVM_EVENT_GAP = 1,
	/* Packets were dropped because the device had no free receive descriptor (a NIC's `imissed`). count: packets */
	NETVM_EVENT_WIRE_FULL = 2,
	/* Packets did not come back. start/end: send times of the packets around them. count: packets */
	NETVM_EVENT_SEQUENCE_LOSS = 3,
};

struct netvm_event {
	uint64_t start_tsc;
	uint64_t end_tsc;
	uint64_t count;
	uint32_t kind;
	uint32_t aux;
};
_Static_assert(sizeof(struct netvm_event) == 32, "two events fit a cache line");

/*
 * Latency histogram: the counts array of an HdrHistogram of 3 significant digits with lowest discernible value 1 ns
 * (Gil Tene's published layout: 2048 sub-buckets, then 1024 for each doubling). Highest trackable value:
 * 10 s; what is above counts in the last bucket.
 */
#define NETVM_HDR_SUB_BUCKET_BITS 11u
#define NETVM_HDR_HIGHEST_NS 10000000000ull
#define NETVM_HDR_LEN 25600u /* (24 doublings + 1) * 1024: covers 17.2 s; 10 s has index 24744 */

/* Index of a value in the counts array; the value must be at most NETVM_HDR_HIGHEST_NS. */
static inline uint32_t netvm_hdr_index(uint64_t value_ns)
{
	const uint32_t half_bits = NETVM_HDR_SUB_BUCKET_BITS - 1;
	uint32_t doubling = 63u - half_bits - (uint32_t)__builtin_clzll(value_ns | ((1u << NETVM_HDR_SUB_BUCKET_BITS) - 1));
	return (doubling << half_bits) + (uint32_t)(value_ns >> doubling);
}

#endif
