/* One trial: offer a load for a time, count what comes back. */
#ifndef NETVM_GEN_TRIAL_H
#define NETVM_GEN_TRIAL_H

#include "../base/telemetry.h"
#include "frame.h"
#include "io.h"
#include "sequence.h"

enum gen_counter {
	GEN_TX_PACKETS,
	GEN_RX_PACKETS,
	GEN_DROP_WIRE_FULL,
	GEN_RX_FOREIGN,
	GEN_RX_DUPLICATES,
	GEN_RX_REORDERED,
	GEN_GAPS,
	GEN_GAP_CYCLES,
	GEN_COUNTERS,
};
extern const char *const gen_counter_names[GEN_COUNTERS];

struct generator {
	struct io io;
	int core;
	struct telemetry telemetry;
	struct sequence sequence;
	struct frame_flow *flows; /* FRAME_MAX_FLOWS of them */
	uint64_t tsc_hz;
	uint16_t tag; /* of this trial's packets */
	volatile int *abort; /* not 0: end the trial now */
	/* A burst's frames before they are written out: in their heads they differ, the rest is the template. Ours, so that nothing of the device's is read. */
	_Alignas(64) uint8_t heads[IO_BURST][FRAME_HEAD_BYTES];
	_Alignas(64) uint8_t template[IO_BUFFER_BYTES];
};

struct trial_request {
	uint32_t frame_size_bytes;
	double pps;           /* 0: as fast as the wire takes them */
	double line_rate_bps; /* 0: no pacing */
	uint32_t duration_ms; /* at `pps`; with `packets` the limit */
	uint64_t packets;     /* ends when so many have been sent; 0: when the time is over */
	double then_pps;      /* the rate of what follows without a pause; 0: nothing follows */
	uint32_t then_duration_ms;
	uint32_t drain_ms;
	uint32_t flows;
	uint32_t stamp_every; /* one packet in so many carries its intended send time; a power of two */
};

struct trial_result {
	double intended_pps, offered_pps, received_pps;
	uint64_t sent, received, lost, duplicates, reordered, foreign, wire_full;
	uint64_t first_send_tsc, last_send_tsc, duration_ns;
	uint64_t step_tsc; /* when `then_pps` began; 0 where nothing followed */
	uint64_t latency_samples;
	uint64_t gap_ns;
	uint64_t send_late_ns_max;
	uint64_t send_late, send_very_late; /* packets, see late.h */
};

/* Runs in the calling thread, which must be the pinned lcore. */
void trial_run(struct generator *g, const struct trial_request *request, struct trial_result *result);

#endif
