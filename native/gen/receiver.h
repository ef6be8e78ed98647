/* The way in: whose packets came back, in what order, and how late. */
#ifndef NETVM_GEN_RECEIVER_H
#define NETVM_GEN_RECEIVER_H

#include "io.h"
#include "sender.h"
#include "sequence.h"
#include "watch.h"

#define GEN_STREAMS_MAX MEMIF_QUEUES_MAX /* senders, each with a queue and numbers of its own */

static_assert(GEN_STREAMS_MAX == WIRE_QUEUES_MAX, "a device can have a queue for each");

/* What came back of one sender's packets. */
struct stream {
	const struct sender *sender;
	struct sequence sequence;
};

struct receiver {
	struct io *io;
	uint32_t queue, queue_step; /* it has the queues queue, queue + step, and so on, one a sender */
	struct gen_log *log;
	struct stream streams[GEN_STREAMS_MAX];
	uint32_t streams_n;
	uint16_t first_tag;   /* of stream 0; the others follow */
	uint32_t payload_at;  /* 0: at the frame's end (replay) */
	int counts_untagged;  /* replay: frames without our bytes are counted by their length */
	uint64_t *histogram;  /* NETVM_HDR_LEN counts, of its own or the telemetry segment's */
	uint64_t ns_per_tick_q32;
	uint64_t received;
	uint64_t untagged;    /* of them: frames without our bytes */
	uint64_t foreign;
	uint64_t strayed;     /* of those received: came on another queue than their sender's */
	uint64_t latency_samples;
	uint64_t by_length[FRAME_MAX_BYTES + 1]; /* received, without CRC */
	uint8_t known[FRAME_MAX_BYTES + 1];      /* lengths that are sent */
};

/* Allocates for so many streams. Returns 0, or -1 where there is no memory. */
int receiver_init(struct receiver *r, uint32_t streams);

/* Before a trial, after the senders' load_prepare; all of one request, with tags one after the other. */
void receiver_prepare(struct receiver *r, uint64_t tsc_hz);

/* Takes what came, a burst at most. Returns what it did. */
struct work receiver_receive(struct receiver *r);

static inline uint64_t gen_to_ns(uint64_t ns_per_tick_q32, uint64_t ticks)
{
	return (uint64_t)(((__uint128_t)ticks * ns_per_tick_q32) >> 32);
}

static inline uint64_t gen_ns_per_tick_q32(uint64_t tsc_hz)
{
	return (uint64_t)(1e9 / (double)tsc_hz * 4294967296.0);
}

#endif
