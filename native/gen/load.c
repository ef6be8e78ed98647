#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int load_init(struct load *l)
{
	*l = (struct load){0};
	l->templates = calloc(FRAME_MAX_BYTES, sizeof *l->templates);
	l->sizes = calloc(ARRIVAL_GAPS_MAX, sizeof *l->sizes);
	return l->templates && l->sizes && flows_init(&l->flows) == 0 && arrival_init(&l->arrival) == 0 &&
			       arrival_init(&l->then) == 0
		       ? 0
		       : -1;
}

void load_free(struct load *l)
{
	free(l->templates);
	free(l->sizes);
	flows_free(&l->flows);
	arrival_free(&l->arrival);
	arrival_free(&l->then);
	replay_free(&l->replay);
}

static void prepare_own_sizes(struct load *l, const struct trial_request *r, double tsc_hz)
{
	uint32_t template_of[FRAME_MAX_BYTES + 1] = {0}, templates = 0; /* place + 1; 0: none yet */
	l->sizes_n = r->sizes_n;
	for (uint32_t i = 0; i < r->sizes_n; i++) {
		uint32_t length = r->sizes[i] - FRAME_CRC_BYTES;
		if (template_of[length] == 0) {
			l->templates[templates] = frame_template_of(&l->layout, length);
			template_of[length] = ++templates;
		}
		l->sizes[i] = (struct pacer_size){pacer_wire(length, r->line_rate_bps, tsc_hz), length, template_of[length] - 1};
	}
}

static int prepare_replay(struct load *l, const struct trial_request *r, double tsc_hz, struct control_error *error)
{
	const struct traffic_request *t = &r->traffic;
	struct replay_request request = {t->replay, t->arrival == ARRIVAL_RECORDED, t->replay_tag};
	char why[256];
	if (replay_load(&l->replay, &request, why) != 0)
		return control_wrong(error, "traffic.replay.file", "%s", why);
	int tag = l->replay.tagged > 0 ? replay_free_tag(&l->replay, l->tag) : l->tag;
	if (tag < 0)
		return control_wrong(error, "traffic.replay.tag", "the packets of %.120s leave no tag free to know ours by; replay it without tags",
				     t->replay);
	l->tag = (uint16_t)tag;
	l->sizes_n = l->replay.n;
	for (uint32_t i = 0; i < l->replay.n; i++) {
		uint32_t length = l->replay.frames[i].length;
		l->sizes[i] = (struct pacer_size){pacer_wire(length, r->line_rate_bps, tsc_hz), length, i};
	}
	return 0;
}

static void draw(struct arrival *a, const struct traffic_request *t, double ticks_per_packet, uint64_t seed)
{
	if (t->arrival == ARRIVAL_POISSON)
		arrival_poisson(a, ticks_per_packet, seed);
	else if (t->arrival == ARRIVAL_BURST)
		arrival_burst(a, ticks_per_packet, t->burst);
	else
		arrival_constant(a, ticks_per_packet);
}

static void prepare_arrival(struct load *l, const struct trial_request *r, double tsc_hz)
{
	const struct traffic_request *t = &r->traffic;
	l->intended_pps = r->pps;
	if (t->arrival == ARRIVAL_RECORDED)
		l->intended_pps = tsc_hz / arrival_recorded(&l->arrival, l->replay.times_ns, l->replay.n, tsc_hz);
	l->paced = l->intended_pps > 0;
	if (!l->paced || t->arrival == ARRIVAL_RECORDED)
		return;
	draw(&l->arrival, t, tsc_hz / r->pps, t->seed);
	if (r->then_pps > 0)
		draw(&l->then, t, tsc_hz / r->then_pps, t->seed + 1);
}

int load_prepare(struct load *l, const struct trial_request *r, uint16_t tag, double tsc_hz, struct control_error *error)
{
	const struct traffic_request *t = &r->traffic;
	struct flow_request flows = {t->flow_model, r->flows, t->zipf_s, t->flows_per_second / tsc_hz, t->seed};
	replay_free(&l->replay);
	l->layout = t->layout;
	l->tag = tag;
	l->stamp_mask = r->stamp_every - 1;
	l->packets = r->packets;
	l->sent = l->sequence = 0;
	if (t->replay[0] != 0) {
		if (prepare_replay(l, r, tsc_hz, error) != 0)
			return -1;
	} else {
		prepare_own_sizes(l, r, tsc_hz);
		if (flows_start(&l->flows, &l->layout, &flows) != 0)
			return control_failed(error, "no memory for %u flows", r->flows);
	}
	prepare_arrival(l, r, tsc_hz);
	/* Of replayed frames only some have numbers. */
	double packets_per_number = l->replay.tagged > 0 ? (double)l->replay.n / l->replay.tagged : 1;
	l->paces[0].ticks_per_number = l->paced ? tsc_hz / l->intended_pps * packets_per_number : 0;
	l->paces[1].ticks_per_number = r->then_pps > 0 ? tsc_hz / r->then_pps * packets_per_number : 0;
	l->stamp_departure = t->arrival == ARRIVAL_BURST;
	return 0;
}

void load_start(struct load *l, uint64_t now, uint64_t end)
{
	pacer_start(&l->pacer, now, end, l->paced ? &l->arrival : NULL, l->sizes, l->sizes_n);
	l->pacer.stamp_departure = l->stamp_departure;
	l->paces[0].tsc = now;
	l->paces_n = 1;
}

void load_change(struct load *l, uint64_t now, uint64_t end)
{
	pacer_change(&l->pacer, now, end, &l->then);
	l->paces[1].number = l->sequence;
	l->paces[1].tsc = now;
	__atomic_store_n(&l->paces_n, 2, __ATOMIC_RELEASE);
}

uint64_t load_due(const struct load *l, uint64_t number, uint64_t otherwise)
{
	uint32_t n = __atomic_load_n(&l->paces_n, __ATOMIC_ACQUIRE);
	const struct load_pace *p = &l->paces[n == 2 && number >= l->paces[1].number];
	return p->ticks_per_number > 0 ? p->tsc + (uint64_t)((double)(number - p->number) * p->ticks_per_number) : otherwise;
}

uint32_t load_take(struct load *l, uint64_t now, uint32_t max, struct load_burst *b)
{
	if (l->packets > 0 && l->packets - l->sent < max)
		max = (uint32_t)(l->packets - l->sent);
	b->n = pacer_take(&l->pacer, now, max, b->departures);
	if (b->n > 0 && l->replay.n == 0)
		flows_pick(&l->flows, now - l->pacer.start, b->flows, b->n);
	l->sent += b->n;
	return b->n;
}

uint32_t load_sizes(const struct load *l, struct load_size *sizes, uint32_t max, double *bits)
{
	static uint64_t count[FRAME_MAX_BYTES + 1];
	uint64_t passes = l->sent / l->sizes_n, rest = l->sent % l->sizes_n;
	uint32_t n = 0;
	memset(count, 0, sizeof count);
	for (uint32_t i = 0; i < l->sizes_n; i++)
		count[l->sizes[i].length] += passes + (i < rest);
	*bits = 0;
	for (uint32_t length = 0; length <= FRAME_MAX_BYTES; length++) {
		*bits += (double)count[length] * (length + FRAME_CRC_BYTES + FRAME_WIRE_OVERHEAD_BYTES) * 8;
		if (count[length] > 0 && n < max)
			sizes[n++] = (struct load_size){length, count[length]};
	}
	return n;
}

int load_knows(const struct load *l, uint32_t length)
{
	for (uint32_t i = 0; i < l->sizes_n; i++) {
		if (l->sizes[i].length == length)
			return 1;
	}
	return 0;
}
