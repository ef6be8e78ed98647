#include "account.h"

const char *const gen_counter_names[GEN_COUNTERS] = {
	[GEN_TX_PACKETS] = "tx.packets",
	[GEN_RX_PACKETS] = "rx.packets",
	[GEN_DROP_WIRE_FULL] = "drop.wire.full",
	[GEN_RX_FOREIGN] = "rx.foreign",
	[GEN_RX_DUPLICATES] = "rx.duplicates",
	[GEN_RX_REORDERED] = "rx.reordered",
	[GEN_RX_STRAYED] = "rx.strayed",
	[GEN_GAPS] = "gaps",
	[GEN_GAP_CYCLES] = "gap.cycles",
};

static void add_sizes(const struct generator *g, struct trial_result *result, double seconds)
{
	uint64_t sent[FRAME_MAX_BYTES + 1] = {0};
	double bits;
	for (uint32_t i = 0; i < g->senders_n; i++) {
		struct load_size sizes[FRAME_MAX_BYTES];
		uint32_t n = load_sizes(&g->senders[i].load, sizes, FRAME_MAX_BYTES, &bits);
		for (uint32_t k = 0; k < n; k++)
			sent[sizes[k].length] += sizes[k].sent;
		result->offered_bps += bits / seconds;
	}
	for (uint32_t length = 0; length <= FRAME_MAX_BYTES; length++) {
		uint64_t received = 0;
		for (uint32_t i = 0; i < g->receivers_n; i++)
			received += g->receivers[i].by_length[length];
		if (sent[length] == 0 && received == 0)
			continue;
		if (result->sizes_n < TRIAL_SIZES_MAX)
			result->sizes[result->sizes_n] = (struct trial_size){length + FRAME_CRC_BYTES, sent[length], received};
		result->sizes_n++;
	}
	if (result->sizes_n > TRIAL_SIZES_MAX)
		result->sizes_n = 0;
}

static void add_senders(struct generator *g, struct trial_result *result)
{
	for (uint32_t i = 0; i < g->senders_n; i++) {
		struct sender *s = &g->senders[i];
		sender_close(s);
		result->sent += s->load.sent;
		result->wire_full += s->wire_full;
		result->intended_pps += s->load.intended_pps;
		if (result->step_tsc == 0)
			result->step_tsc = s->step_tsc;
		result->send_late += s->late;
		result->send_very_late += s->very_late;
		if (s->late_ticks_max > result->send_late_ns_max)
			result->send_late_ns_max = s->late_ticks_max; /* ticks until the end */
		if (s->first_send_tsc != 0 && (result->first_send_tsc == 0 || s->first_send_tsc < result->first_send_tsc))
			result->first_send_tsc = s->first_send_tsc;
		if (s->last_send_tsc > result->last_send_tsc)
			result->last_send_tsc = s->last_send_tsc;
	}
}

static void add_receivers(struct generator *g, struct trial_result *result)
{
	for (uint32_t i = 0; i < g->receivers_n; i++) {
		const struct receiver *r = &g->receivers[i];
		result->received += r->received;
		result->foreign += r->foreign;
		result->strayed += r->strayed;
		result->latency_samples += r->latency_samples;
		for (uint32_t k = 0; k < r->streams_n; k++) {
			result->duplicates += r->streams[k].sequence.duplicates;
			result->reordered += r->streams[k].sequence.reordered;
		}
		for (uint32_t k = 0; i > 0 && k < NETVM_HDR_LEN; k++)
			g->telemetry.histogram[k] += r->histogram[k];
	}
	result->received -= result->duplicates; /* a packet counts once */
	if (result->received > result->sent) { /* frames without numbers: what is too many is not ours */
		result->foreign += result->received - result->sent;
		result->received = result->sent;
	}
	result->lost = result->sent - result->received;
}

static void count(struct generator *g, const struct trial_result *result)
{
	uint64_t *v = g->telemetry.values;
	v[GEN_TX_PACKETS] += result->sent;
	v[GEN_RX_PACKETS] += result->received;
	v[GEN_DROP_WIRE_FULL] += result->wire_full;
	v[GEN_RX_FOREIGN] += result->foreign;
	v[GEN_RX_DUPLICATES] += result->duplicates;
	v[GEN_RX_REORDERED] += result->reordered;
	v[GEN_RX_STRAYED] += result->strayed;
	for (uint32_t i = 0; i < g->workers_n; i++) {
		v[GEN_GAPS] += g->workers[i].watch.gaps;
		v[GEN_GAP_CYCLES] += g->workers[i].watch.gap_ticks;
	}
}

/* Of the whole trial: where the rate changes in it, the mean over time. */
static double mean_pps(const struct trial_request *q, double pps)
{
	if (q->then_pps <= 0)
		return pps;
	double first = q->duration_ms, second = q->then_duration_ms;
	return (q->pps * first + q->then_pps * second) / (first + second);
}

/* Over how long a trial's packets count: its time, or for so many packets what they took, and no less than they should have. */
static double intended_seconds(const struct generator *g, const struct trial_request *q, const struct trial_result *result)
{
	if (q->packets == 0)
		return ((double)q->duration_ms + q->then_duration_ms) / 1e3;
	double took = (double)(result->last_send_tsc - result->first_send_tsc) / (double)g->tsc_hz;
	double wanted = result->intended_pps > 0 ? (double)q->packets / result->intended_pps : 0;
	return took > wanted ? took : wanted > 0 ? wanted : 1e-9;
}

void account_close(struct generator *g, const struct trial_request *request, struct trial_result *result)
{
	uint64_t ns_per_tick = gen_ns_per_tick_q32(g->tsc_hz);
	add_senders(g, result);
	add_receivers(g, result);
	result->intended_pps = mean_pps(request, result->intended_pps);
	double seconds = intended_seconds(g, request, result);
	add_sizes(g, result, seconds);
	result->duration_ns = gen_to_ns(ns_per_tick, result->last_send_tsc - result->first_send_tsc);
	result->offered_pps = (double)result->sent / seconds;
	result->received_pps = (double)result->received / seconds;
	result->send_late_ns_max = gen_to_ns(ns_per_tick, result->send_late_ns_max);
	for (uint32_t i = 0; i < g->workers_n; i++)
		result->gap_ns += gen_to_ns(ns_per_tick, g->workers[i].watch.gap_ticks);
	count(g, result);
}
