#include "trial.h"

#include <string.h>

#include <rte_cycles.h>

#include "../abi/wait.h"
#include "../base/wire.h"
#include "late.h"
#include "pacer.h"

#define BURST IO_BURST
/* Drops closer together than this are one event. */
#define EVENT_MERGE_NS 20000u

const char *const gen_counter_names[GEN_COUNTERS] = {
	[GEN_TX_PACKETS] = "tx.packets",
	[GEN_RX_PACKETS] = "rx.packets",
	[GEN_DROP_WIRE_FULL] = "drop.wire.full",
	[GEN_RX_FOREIGN] = "rx.foreign",
	[GEN_RX_DUPLICATES] = "rx.duplicates",
	[GEN_RX_REORDERED] = "rx.reordered",
	[GEN_GAPS] = "gaps",
	[GEN_GAP_CYCLES] = "gap.cycles",
};

/* What the loop keeps at hand; lives on its stack. */
struct run {
	struct generator *g;
	const struct trial_request *request;
	struct trial_result *result;
	struct pacer pacer;
	uint32_t length;      /* of a frame, without CRC */
	uint32_t stamp_mask;
	uint32_t flow;        /* of the next packet */
	uint64_t ns_per_tick_q32;
	uint64_t ticks_per_us;
	uint64_t previous;    /* when the loop last came by */
	struct netvm_event full; /* wire-full event being gathered */
};

static inline uint64_t to_ns(const struct run *r, uint64_t ticks)
{
	return (uint64_t)(((__uint128_t)ticks * r->ns_per_tick_q32) >> 32);
}

static void flush_full_event(struct run *r)
{
	if (r->full.count > 0)
		telemetry_event(&r->g->telemetry, NETVM_EVENT_WIRE_FULL, r->full.start_tsc, r->full.end_tsc, r->full.count, 0);
	r->full.count = 0;
}

static void note_full(struct run *r, uint64_t now, uint32_t packets)
{
	if (r->full.count > 0 && to_ns(r, now - r->full.end_tsc) > EVENT_MERGE_NS)
		flush_full_event(r);
	if (r->full.count == 0)
		r->full.start_tsc = now;
	r->full.end_tsc = now;
	r->full.count += packets;
	r->result->wire_full += packets;
}

static void note_gap(struct run *r, uint64_t now)
{
	struct generator *g = r->g;
	telemetry_event(&g->telemetry, NETVM_EVENT_GAP, r->previous, now, 0, (uint32_t)g->core);
	g->telemetry.values[GEN_GAPS]++;
	g->telemetry.values[GEN_GAP_CYCLES] += now - r->previous;
	r->result->gap_ns += to_ns(r, now - r->previous);
}

static inline void write_head(struct run *r, uint8_t *head, uint64_t number, uint64_t now)
{
	struct frame_payload payload = {.tag = r->g->tag, .sequence = number};
	if ((number & r->stamp_mask) == 0)
		payload.intended_tsc = pacer_intended(&r->pacer, number, now);
	frame_set_flow(head, &r->g->flows[r->flow]);
	if (++r->flow == r->request->flows)
		r->flow = 0;
	memcpy(head + FRAME_PAYLOAD_OFFSET, &payload, sizeof payload);
}

/* A trial of so many packets ends with the last one, in the middle of a burst too. */
static inline uint32_t burst_max(const struct run *r)
{
	uint64_t left = r->request->packets - r->result->sent;
	return r->request->packets > 0 && left < BURST ? (uint32_t)left : BURST;
}

/* Writes packets into the device's buffers, as many of the n as find one. Returns how many were taken. */
static inline uint32_t write_out(struct run *r, uint32_t n, uint64_t now)
{
	struct generator *g = r->g;
	uint8_t *to[BURST];
	uint16_t lengths[BURST];
	uint32_t room = io_reserve(&g->io, 0, to, n);
	for (uint32_t i = 0; i < room; i++)
		write_head(r, g->heads[i], r->result->sent + i, now);
	for (uint32_t i = 0; i < room; i++) {
		frame_put(to[i], g->heads[i], g->template, r->length);
		lengths[i] = (uint16_t)r->length;
	}
	return io_commit(&g->io, 0, lengths, room);
}

static inline uint32_t send_due(struct run *r, uint64_t now)
{
	struct trial_result *result = r->result;
	uint32_t n = pacer_due(&r->pacer, now, result->sent, burst_max(r));
	if (n == 0)
		return 0;
	uint32_t flow_before = r->flow;
	uint32_t taken = write_out(r, n, now);
	if (r->pacer.packets_per_tick > 0) {
		uint64_t intended = pacer_intended(&r->pacer, result->sent, now);
		if (now > intended && now - intended > result->send_late_ns_max)
			result->send_late_ns_max = now - intended; /* ticks until the end of the trial */
		result->send_late += late_packets(&r->pacer, result->sent, n, now, r->ticks_per_us * (LATE_NS / 1000));
		result->send_very_late += late_packets(&r->pacer, result->sent, n, now, r->ticks_per_us * (VERY_LATE_NS / 1000));
		if (taken < n)
			note_full(r, now, n - taken);
		result->sent += n;
		r->flow = (flow_before + n) % r->request->flows;
	} else {
		result->sent += taken;
		r->flow = (flow_before + taken) % r->request->flows;
	}
	if (result->first_send_tsc == 0)
		result->first_send_tsc = now;
	result->last_send_tsc = now;
	return n;
}

static inline void note_latency(struct run *r, uint64_t intended, uint64_t now)
{
	uint64_t ns = now > intended ? to_ns(r, now - intended) : 0;
	if (ns > NETVM_HDR_HIGHEST_NS)
		ns = NETVM_HDR_HIGHEST_NS;
	r->g->telemetry.histogram[netvm_hdr_index(ns)]++;
	r->result->latency_samples++;
}

static inline void take_packet(struct run *r, const struct io_frame *f, uint64_t now)
{
	struct frame_payload payload;
	if (f->length != r->length || f->readable < FRAME_PAYLOAD_OFFSET + sizeof payload) {
		r->result->foreign++;
		return;
	}
	memcpy(&payload, f->data + FRAME_PAYLOAD_OFFSET, sizeof payload);
	if (payload.tag != r->g->tag || payload.sequence >= r->result->sent) {
		r->result->foreign++;
		return;
	}
	uint64_t lost = sequence_received(&r->g->sequence, payload.sequence);
	if (lost > 0)
		telemetry_event(&r->g->telemetry, NETVM_EVENT_SEQUENCE_LOSS, pacer_intended(&r->pacer, payload.sequence - lost, now),
				now, lost, 0);
	r->result->received++;
	if (payload.intended_tsc != 0)
		note_latency(r, payload.intended_tsc, now);
}

static inline uint32_t receive(struct run *r)
{
	struct io_frame frames[BURST];
	uint32_t n = io_peek(&r->g->io, 0, frames, BURST);
	if (n == 0)
		return 0;
	uint64_t now = rte_rdtsc();
	for (uint32_t i = 0; i < n; i++)
		take_packet(r, &frames[i], now);
	io_release(&r->g->io, 0);
	return n;
}

/* After so many packets were sent or received. */
static inline uint64_t watch_clock(struct run *r, uint32_t packets)
{
	uint64_t now = rte_rdtsc();
	uint64_t allowed =
		netvm_gap_ticks(r->ticks_per_us, packets) + wire_copy_ticks((uint64_t)packets * r->length, r->ticks_per_us);
	if (now - r->previous > allowed)
		note_gap(r, now);
	r->previous = now;
	return now;
}

static void prepare(struct run *r)
{
	struct generator *g = r->g;
	uint32_t length = r->request->frame_size_bytes - FRAME_CRC_BYTES;
	frame_make_flows(g->flows, r->request->flows, length);
	frame_write_template(g->template, length);
	for (uint32_t i = 0; i < BURST; i++)
		memcpy(g->heads[i], g->template, FRAME_HEAD_BYTES);
	sequence_reset(&g->sequence);
	memset(g->telemetry.histogram, 0, NETVM_HDR_LEN * sizeof(uint64_t));
	while (receive(r) > 0) /* what a former trial left on the wire */
		;
	*r->result = (struct trial_result){0};
	g->tag++;
	sequence_reset(&g->sequence);
}

static void drain(struct run *r)
{
	uint64_t quiet = r->g->tsc_hz / 1000 * r->request->drain_ms;
	uint64_t limit = rte_rdtsc() + r->g->tsc_hz; /* a second at most: something may send for ever */
	uint64_t last = r->previous;
	uint32_t received;
	while (r->previous - last < quiet && r->previous < limit && !*r->g->abort) {
		received = receive(r);
		watch_clock(r, received);
		if (received > 0)
			last = r->previous;
	}
}

/* Of the whole trial: where the rate changes in it, the mean over time. */
static double mean_pps(const struct trial_request *q)
{
	if (q->then_pps <= 0)
		return q->pps;
	double first = q->duration_ms, second = q->then_duration_ms;
	return (q->pps * first + q->then_pps * second) / (first + second);
}

/* Over how long a trial's packets count: its time, or for so many packets what they took, and no less than they should have. */
static double intended_seconds(const struct run *r)
{
	const struct trial_request *q = r->request;
	if (q->packets == 0)
		return ((double)q->duration_ms + (q->then_pps > 0 ? q->then_duration_ms : 0)) / 1e3;
	double took = (double)(r->result->last_send_tsc - r->result->first_send_tsc) / (double)r->g->tsc_hz;
	double wanted = q->pps > 0 ? (double)q->packets / q->pps : 0;
	return took > wanted ? took : wanted > 0 ? wanted : 1e-9;
}

static void close_trial(struct run *r)
{
	struct trial_result *result = r->result;
	struct generator *g = r->g;
	double seconds = intended_seconds(r);
	flush_full_event(r);
	result->duplicates = g->sequence.duplicates;
	result->reordered = g->sequence.reordered;
	result->received -= result->duplicates; /* a packet counts once */
	result->lost = result->sent - result->received;
	result->intended_pps = mean_pps(r->request);
	result->duration_ns = to_ns(r, result->last_send_tsc - result->first_send_tsc);
	result->offered_pps = (double)result->sent / seconds;
	result->received_pps = (double)result->received / seconds;
	result->send_late_ns_max = to_ns(r, result->send_late_ns_max);
	uint64_t *v = g->telemetry.values;
	v[GEN_TX_PACKETS] += result->sent;
	v[GEN_RX_PACKETS] += result->received;
	v[GEN_DROP_WIRE_FULL] += result->wire_full;
	v[GEN_RX_FOREIGN] += result->foreign;
	v[GEN_RX_DUPLICATES] += result->duplicates;
	v[GEN_RX_REORDERED] += result->reordered;
}

/* Sends what is due and takes what comes, until the time is over or all packets are sent. */
static void offer(struct run *r, uint32_t duration_ms)
{
	uint64_t end = r->previous + r->g->tsc_hz / 1000 * duration_ms;
	uint64_t last = r->request->packets > 0 ? r->request->packets : UINT64_MAX;
	uint32_t packets = 0;
	while (r->previous < end && r->result->sent < last && !*r->g->abort) {
		packets = send_due(r, watch_clock(r, packets));
		packets += receive(r);
	}
	watch_clock(r, packets);
}

void trial_run(struct generator *g, const struct trial_request *request, struct trial_result *result)
{
	double wire_bits = (request->frame_size_bytes + 20.0) * 8.0; /* preamble, delimiter and gap: 20 bytes */
	struct run r = {
		.g = g,
		.request = request,
		.result = result,
		.length = request->frame_size_bytes - FRAME_CRC_BYTES,
		.stamp_mask = request->stamp_every - 1,
		.ns_per_tick_q32 = (uint64_t)(1e9 / (double)g->tsc_hz * 4294967296.0),
		.ticks_per_us = g->tsc_hz / 1000000,
		.previous = rte_rdtsc(),
	};
	prepare(&r);
	r.previous = rte_rdtsc();
	pacer_start(&r.pacer, r.previous, request->pps, request->line_rate_bps / wire_bits, (double)g->tsc_hz);
	offer(&r, request->duration_ms);
	if (request->then_pps > 0) {
		result->step_tsc = r.previous;
		pacer_change(&r.pacer, r.previous, result->sent, request->then_pps, (double)g->tsc_hz);
		offer(&r, request->then_duration_ms);
	}
	drain(&r);
	io_rest(&g->io, 0);
	close_trial(&r);
}
