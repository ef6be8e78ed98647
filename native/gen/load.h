/*
 * The packets of one sender in one trial: which leave when (pacer.h), of which flow (flows.h), and their bytes (frame.h, or
 * replay.h). Made before the trial; in it nothing is allocated, drawn by logarithm or divided.
 */
#ifndef NETVM_GEN_LOAD_H
#define NETVM_GEN_LOAD_H

#include "pacer.h"
#include "replay.h"
#include "request.h"

#define LOAD_BURST FLOWS_BURST_MAX

/* From that number on, one follows the other in so many ticks on average. */
struct load_pace {
	uint64_t number;
	uint64_t tsc;
	double ticks_per_number; /* 0: no rate of its own */
};

struct load {
	struct frame_layout layout;
	struct frame_template *templates; /* one a size; FRAME_MAX_BYTES of them at most */
	struct pacer_size *sizes;         /* one a packet of the sequence of sizes: ARRIVAL_GAPS_MAX at most */
	uint32_t sizes_n;
	struct flows flows;
	struct arrival arrival, then; /* `then` after load_change */
	struct replay replay; /* n 0: frames of our own */
	struct pacer pacer;
	int paced;          /* by a rate of its own: then packets are due, and a full wire loses them */
	double intended_pps; /* 0 where not paced */
	int stamp_departure; /* of bursts */
	uint16_t tag;
	uint32_t stamp_mask;
	uint64_t packets;  /* it ends with so many; 0: with the time */
	uint64_t sent;     /* packets whose time came */
	uint64_t sequence; /* of the next one that carries one */
	struct load_pace paces[2];
	uint32_t paces_n;  /* the receiver's thread reads them */
};

/* Packets that leave together. */
struct load_burst {
	uint32_t n;
	struct departure departures[LOAD_BURST];
	uint32_t flows[LOAD_BURST];
};

/* A size of this load, and how many packets of it were sent. */
struct load_size {
	uint32_t length; /* without CRC */
	uint64_t sent;
};

/* Allocates. Returns 0, or -1 where there is no memory. */
int load_init(struct load *l);
void load_free(struct load *l);

/* Makes everything ready for a trial. `tag` is the first that may be used. Returns 0, or -1 with the reason in `error`. */
int load_prepare(struct load *l, const struct trial_request *r, uint16_t tag, double tsc_hz, struct control_error *error);

/* The trial begins. end: when its last packet has arrived. */
void load_start(struct load *l, uint64_t now, uint64_t end);

/* Goes on at the request's second rate, without a pause, until `end`. */
void load_change(struct load *l, uint64_t now, uint64_t end);

/* All of `packets` are sent. */
static inline int load_ended(const struct load *l)
{
	return l->packets > 0 && l->sent >= l->packets;
}

/* About when the packet of that number was due; `otherwise` where no rate says so. */
uint64_t load_due(const struct load *l, uint64_t number, uint64_t otherwise);

/* The next packets that may leave now, at most `max` of LOAD_BURST. They count as sent. */
uint32_t load_take(struct load *l, uint64_t now, uint32_t max, struct load_burst *b);

/* After the trial: what was sent of each size. Returns how many sizes there are, at most max; the bits that all were on the wire in `bits`. */
uint32_t load_sizes(const struct load *l, struct load_size *sizes, uint32_t max, double *bits);

/* Whether that length (without CRC) is one of ours. */
int load_knows(const struct load *l, uint32_t length);

/* Where the receiver finds our bytes in a frame of that length: sizes of our own have them behind the headers. */
static inline uint32_t load_payload_at(const struct load *l, uint32_t length)
{
	return l->replay.n == 0 ? l->layout.payload : replay_tag_at(length);
}

/* Writes packet i of the burst; in order, each once. `frame` has room for FRAME_ROOM_BYTES. */
static inline void load_write(struct load *l, const struct load_burst *b, uint32_t i, uint8_t *frame)
{
	const struct departure *d = &b->departures[i];
	struct frame_payload payload = {.tag = l->tag, .sequence = l->sequence};
	if ((l->sequence & l->stamp_mask) == 0)
		payload.intended_tsc = d->intended;
	if (l->replay.n == 0) {
		frame_write(&l->layout, &l->templates[d->frame], &l->flows.table[b->flows[i]], &payload, frame);
		l->sequence++;
	} else {
		const struct replay_frame *f = &l->replay.frames[d->frame];
		replay_write(&l->replay, f, &payload, frame);
		l->sequence += f->tag_at != 0;
	}
}

/* Packets of the burst from `first` on found no room: their numbers will be missed. */
static inline void load_skip(struct load *l, const struct load_burst *b, uint32_t first)
{
	for (uint32_t i = first; i < b->n; i++)
		l->sequence += l->replay.n == 0 || l->replay.frames[b->departures[i].frame].tag_at != 0;
}

#endif
