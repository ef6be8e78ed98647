/* One trial: offer a load for a time, count what comes back. Senders and receivers may be on one core, or each on its own. */
#ifndef NETVM_GEN_TRIAL_H
#define NETVM_GEN_TRIAL_H

#include "../base/telemetry.h"
#include "receiver.h"
#include "request.h"
#include "sender.h"

enum gen_counter {
	GEN_TX_PACKETS,
	GEN_RX_PACKETS,
	GEN_DROP_WIRE_FULL,
	GEN_RX_FOREIGN,
	GEN_RX_DUPLICATES,
	GEN_RX_REORDERED,
	GEN_RX_STRAYED,
	GEN_GAPS,
	GEN_GAP_CYCLES,
	GEN_COUNTERS,
};
extern const char *const gen_counter_names[GEN_COUNTERS];

struct generator;

/* What runs on one core. */
struct worker {
	struct generator *g;
	int core;
	struct sender *sender;     /* or NULL */
	struct receiver *receiver; /* or NULL */
	struct watch watch;
	uint64_t start, end; /* of the trial, at its first rate */
	uint64_t then_end;   /* at its second; 0: there is none */
	uint32_t drain_ms;
	pthread_t thread;
};

struct generator {
	struct io io;
	uint64_t tsc_hz;
	struct telemetry telemetry;
	struct gen_log log;
	volatile int *abort; /* not 0: end the trial now */
	uint16_t tag;        /* the first that no trial has used yet */
	uint32_t senders_n, receivers_n, workers_n;
	struct sender senders[GEN_STREAMS_MAX];
	struct receiver receivers[GEN_STREAMS_MAX];
	struct worker workers[1 + 2 * GEN_STREAMS_MAX]; /* the first runs in the calling thread, pinned already */
	uint32_t sending;    /* senders that have not ended yet */
	int begin;           /* enum begin of trial.c: threads wait for it once they run */
};

#define TRIAL_SIZES_MAX 64u

struct trial_size {
	uint32_t bytes; /* with CRC */
	uint64_t sent, received;
};

struct trial_result {
	double intended_pps, offered_pps, received_pps;
	double offered_bps; /* on the wire: with preamble and gap */
	uint64_t sent, received, lost, duplicates, reordered, foreign, wire_full;
	uint64_t strayed; /* came back on another queue than they had left on */
	uint64_t first_send_tsc, last_send_tsc, duration_ns;
	uint64_t step_tsc; /* when `then_pps` began; 0 where nothing followed */
	uint64_t latency_samples;
	uint64_t gap_ns;
	uint64_t send_late_ns_max;
	uint64_t send_late, send_very_late; /* packets, see late.h */
	uint32_t sizes_n; /* 0 where there are more than TRIAL_SIZES_MAX */
	struct trial_size sizes[TRIAL_SIZES_MAX];
};

struct core_list {
	uint32_t n;
	int cores[GEN_STREAMS_MAX];
};

/*
 * Allocates senders, receivers and workers: sender i on core i of `tx`, with queue i and numbers of its own; what comes back on
 * queue i goes to receiver i modulo their number, so that one receiver sees all of a sender's packets. A core may be in both
 * lists, once in each; there are no more receivers than senders. `core` is the calling thread's. telemetry and io are set
 * already. Returns 0, or -1 where there is no memory.
 */
int trial_init(struct generator *g, int core, const struct core_list *tx, const struct core_list *rx);

/* Runs in the thread that called trial_init. Returns 0, or -1 with the reason in `error` and nothing sent. */
int trial_run(struct generator *g, const struct trial_request *request, struct trial_result *result, struct control_error *error);

#endif
