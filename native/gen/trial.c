#define _GNU_SOURCE
#include "trial.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"

/* Threads start together, a little later: the last one must be there. */
#define START_AHEAD_US 2000u
/* What a former trial left on the wire is thrown away for so long at most: something may send for ever. */
#define SWEEP_MS 100u
/* NFs that share a core have their turns within this. */
#define SETTLED_MS 10u

static struct worker *worker_on(struct generator *g, int core)
{
	for (uint32_t i = 0; i < g->workers_n; i++) {
		if (g->workers[i].core == core)
			return &g->workers[i];
	}
	struct worker *w = &g->workers[g->workers_n++];
	*w = (struct worker){.g = g, .core = core};
	w->watch = (struct watch){.log = &g->log, .core = core, .ticks_per_us = g->tsc_hz / 1000000};
	return w;
}

int trial_init(struct generator *g, int core, const struct core_list *tx, const struct core_list *rx)
{
	g->log.telemetry = &g->telemetry;
	pthread_spin_init(&g->log.lock, PTHREAD_PROCESS_PRIVATE);
	worker_on(g, core);
	for (uint32_t i = 0; i < tx->n; i++) {
		struct sender *s = &g->senders[g->senders_n++];
		*s = (struct sender){.io = &g->io, .queue = i, .log = &g->log};
		if (load_init(&s->load) != 0)
			return -1;
		worker_on(g, tx->cores[i])->sender = s;
	}
	for (uint32_t i = 0; i < rx->n; i++) {
		struct receiver *r = &g->receivers[g->receivers_n++];
		*r = (struct receiver){.io = &g->io, .queue = i, .queue_step = rx->n, .log = &g->log};
		r->histogram = i == 0 ? g->telemetry.histogram : calloc(NETVM_HDR_LEN, sizeof *r->histogram);
		if (!r->histogram || receiver_init(r, tx->n) != 0)
			return -1;
		for (uint32_t k = 0; k < tx->n; k++)
			r->streams[k].sender = &g->senders[k];
		worker_on(g, rx->cores[i])->receiver = r;
	}
	return 0;
}

/* Each sender has its share of the load, begins its own part of a gap later, and draws for itself. */
static int prepare_senders(struct generator *g, const struct trial_request *request, struct control_error *error)
{
	struct trial_request *share = malloc(sizeof *share);
	uint32_t n = g->senders_n;
	int result = share ? 0 : control_failed(error, "no memory for a trial");
	if (n > 1 && request->traffic.replay[0] != 0)
		result = control_wrong(error, "traffic.replay", "a file is replayed in its order by one core: expected one in --tx-cores, not %u", n);
	if (request->packets > 0 && request->packets < n)
		result = control_wrong(error, "packets", "expected at least one for each of %u cores in --tx-cores", n);
	for (uint32_t i = 0; i < n && result == 0; i++) {
		*share = *request;
		share->pps /= n;
		share->then_pps /= n;
		share->packets = request->packets / n + (i < request->packets % n);
		share->line_rate_bps /= n;
		share->traffic.flows_per_second /= n;
		share->traffic.seed += i;
		result = load_prepare(&g->senders[i].load, share, (uint16_t)(g->tag + i), (double)g->tsc_hz, error);
		sender_prepare(&g->senders[i], g->tsc_hz);
	}
	g->tag = (uint16_t)(g->senders[0].load.tag + n);
	free(share);
	return result;
}

static void sweep(struct generator *g)
{
	struct io_frame frames[IO_BURST];
	uint64_t limit = netvm_tsc() + g->tsc_hz / 1000 * SWEEP_MS;
	io_settle(&g->io, g->tsc_hz / 1000 * SETTLED_MS, g->tsc_hz / 1000 * SWEEP_MS);
	for (uint32_t q = 0; q < g->senders_n; q++) {
		while (io_peek(&g->io, q, frames, IO_BURST) > 0 && netvm_tsc() < limit)
			io_release(&g->io, q);
		io_release(&g->io, q);
	}
}

static void start_senders(struct generator *g, uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < g->senders_n; i++) {
		struct load *load = &g->senders[i].load;
		load_start(load, start, end);
		if (load->paced)
			load->pacer.next = (uint64_t)((double)i / g->senders_n * (double)g->tsc_hz / load->intended_pps * ARRIVAL_ONE_TICK);
	}
}

static struct work both(struct work a, struct work b)
{
	return (struct work){a.packets + b.packets, a.bytes + b.bytes};
}

/* Sends until then, or until all packets are sent; receives meanwhile. Returns what was done last. */
static struct work offer(struct worker *w, uint64_t end, struct work done)
{
	while (w->watch.previous < end && !load_ended(&w->sender->load) && !*w->g->abort) {
		done = sender_send(w->sender, watch_clock(&w->watch, done));
		if (w->receiver)
			done = both(done, receiver_receive(w->receiver));
	}
	return done;
}

/* One rate, or one after the other; and in the end what had been due by then. */
static void send_all(struct worker *w)
{
	struct sender *s = w->sender;
	uint64_t end = w->then_end > 0 ? w->then_end : w->end;
	struct work done = offer(w, w->end, (struct work){0});
	if (w->then_end > 0) {
		s->step_tsc = w->watch.previous;
		load_change(&s->load, s->step_tsc, end);
		done = offer(w, end, done);
	}
	if (s->load.paced && !load_ended(&s->load) && !*w->g->abort)
		done = both(done, sender_send(s, end));
	watch_clock(&w->watch, done);
	__atomic_sub_fetch(&w->g->sending, 1, __ATOMIC_ACQ_REL);
}

/* Frames that move where the receiver does not see them are still on their way to it. */
static int moved_since(const struct worker *w, uint64_t ticks)
{
	return w->watch.previous - io_last_moved(&w->g->io) < ticks;
}

/* Receives until all senders have ended and nothing has come for a while. */
static void receive_all(struct worker *w)
{
	uint64_t quiet = w->g->tsc_hz / 1000 * w->drain_ms;
	uint64_t last = w->watch.previous, ended = last;
	while (w->watch.previous - ended < w->g->tsc_hz && !*w->g->abort) { /* a second at most: something may send for ever */
		int sending = __atomic_load_n(&w->g->sending, __ATOMIC_ACQUIRE) > 0;
		struct work done = receiver_receive(w->receiver);
		watch_clock(&w->watch, done);
		if (sending)
			ended = w->watch.previous;
		if (done.packets > 0 || sending)
			last = w->watch.previous;
		else if (w->watch.previous - last >= quiet && !moved_since(w, quiet))
			break;
	}
}

/* Whether a thread may begin: not before all of them run, and not at all where one is missing. */
enum begin { BEGIN_WAIT, BEGIN_NOW, BEGIN_NEVER };

static void *work(void *context)
{
	struct worker *w = context;
	int begin;
	while ((begin = __atomic_load_n(&w->g->begin, __ATOMIC_ACQUIRE)) == BEGIN_WAIT)
		netvm_pause();
	if (begin == BEGIN_NEVER)
		return NULL;
	do
		w->watch.previous = netvm_tsc();
	while (w->watch.previous < w->start && !*w->g->abort);
	if (w->sender)
		send_all(w);
	if (w->receiver)
		receive_all(w);
	return NULL;
}

static int start_thread(struct worker *w)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((unsigned)w->core, &set);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
	int fault = pthread_create(&w->thread, &attributes, work, w);
	pthread_attr_destroy(&attributes);
	return fault;
}

/* When all begin and end: with a thread on every core, so that however long the threads took to start, nobody begins before the others can. */
static void set_times(struct generator *g, const struct trial_request *request)
{
	uint64_t start = netvm_tsc() + (g->workers_n > 1 ? g->tsc_hz / 1000000 * START_AHEAD_US : 0);
	uint64_t end = start + g->tsc_hz / 1000 * request->duration_ms;
	start_senders(g, start, end);
	for (uint32_t i = 0; i < g->workers_n; i++) {
		struct worker *w = &g->workers[i];
		w->start = start;
		w->end = end;
		w->then_end = request->then_pps > 0 ? end + g->tsc_hz / 1000 * request->then_duration_ms : 0;
		w->drain_ms = request->drain_ms;
		w->watch.gaps = w->watch.gap_ticks = 0;
	}
}

/* Returns 0, or -1 with the reason in `error`: then nothing was sent. */
static int run_workers(struct generator *g, const struct trial_request *request, struct control_error *error)
{
	uint32_t started = 1;
	g->sending = g->senders_n;
	g->begin = BEGIN_WAIT;
	while (started < g->workers_n && start_thread(&g->workers[started]) == 0)
		started++;
	int ok = started == g->workers_n;
	if (ok) {
		set_times(g, request);
		__atomic_store_n(&g->begin, BEGIN_NOW, __ATOMIC_RELEASE);
		work(&g->workers[0]);
	} else {
		control_failed(error, "cannot start a thread on core %d: is it a core of this process? (see taskset)", g->workers[started].core);
		__atomic_store_n(&g->begin, BEGIN_NEVER, __ATOMIC_RELEASE);
	}
	for (uint32_t i = 1; i < started; i++)
		pthread_join(g->workers[i].thread, NULL);
	for (uint32_t q = 0; q < g->senders_n; q++)
		io_rest(&g->io, q);
	return ok ? 0 : -1;
}

int trial_run(struct generator *g, const struct trial_request *request, struct trial_result *result, struct control_error *error)
{
	*result = (struct trial_result){0};
	for (uint32_t q = 0; q < g->senders_n; q++) {
		if (!io_has_queue(&g->io, q))
			return control_failed(error, "the device has %u queue%s on the wire, and %u cores of --tx-cores need one each", q,
					      q == 1 ? "" : "s", g->senders_n);
	}
	if (prepare_senders(g, request, error) != 0)
		return -1;
	sweep(g);
	for (uint32_t i = 0; i < g->receivers_n; i++)
		receiver_prepare(&g->receivers[i], g->tsc_hz);
	if (run_workers(g, request, error) != 0)
		return -1;
	account_close(g, request, result);
	return 0;
}
