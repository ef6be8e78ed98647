#include "receiver.h"

#include <string.h>

int receiver_init(struct receiver *r, uint32_t streams)
{
	r->streams_n = streams;
	for (uint32_t i = 0; i < streams; i++) {
		if (sequence_init(&r->streams[i].sequence) != 0)
			return -1;
	}
	return 0;
}

void receiver_prepare(struct receiver *r, uint64_t tsc_hz)
{
	const struct load *load = &r->streams[0].sender->load;
	r->ns_per_tick_q32 = gen_ns_per_tick_q32(tsc_hz);
	r->first_tag = load->tag;
	r->payload_at = load->replay.n == 0 ? load->layout.payload : 0;
	r->counts_untagged = load->replay.n > load->replay.tagged;
	r->received = r->untagged = r->foreign = r->strayed = r->latency_samples = 0;
	for (uint32_t i = 0; i < r->streams_n; i++)
		sequence_reset(&r->streams[i].sequence);
	memset(r->by_length, 0, sizeof r->by_length);
	memset(r->known, 0, sizeof r->known);
	for (uint32_t i = 0; i < load->sizes_n; i++)
		r->known[load->sizes[i].length] = 1;
	memset(r->histogram, 0, NETVM_HDR_LEN * sizeof *r->histogram);
}

static inline void note_latency(struct receiver *r, uint64_t intended, uint64_t now)
{
	uint64_t ns = now > intended ? gen_to_ns(r->ns_per_tick_q32, now - intended) : 0;
	if (ns > NETVM_HDR_HIGHEST_NS)
		ns = NETVM_HDR_HIGHEST_NS;
	r->histogram[netvm_hdr_index(ns)]++;
	r->latency_samples++;
}

/* Packets were passed over. When the first of them was due, the rate says: near enough to tell which gap it fell into. */
static void note_loss(struct receiver *r, const struct stream *stream, uint64_t lost, uint64_t now)
{
	uint64_t due = load_due(&stream->sender->load, stream->sequence.next - 1 - lost, now);
	gen_log_event(r->log, NETVM_EVENT_SEQUENCE_LOSS, due < now ? due : now, now, lost, r->queue);
}

static void take_untagged(struct receiver *r, uint32_t length)
{
	if (r->counts_untagged) {
		r->received++;
		r->untagged++;
		r->by_length[length]++;
	} else {
		r->foreign++;
	}
}

static inline void take_frame(struct receiver *r, uint32_t queue, const struct io_frame *f, uint64_t now)
{
	struct frame_payload payload;
	if (f->length > FRAME_MAX_BYTES || !r->known[f->length] || f->readable < f->length) {
		r->foreign++;
		return;
	}
	memcpy(&payload, f->data + (r->payload_at ? r->payload_at : replay_tag_at(f->length)), sizeof payload);
	uint32_t i = (uint16_t)(payload.tag - r->first_tag);
	if (i >= r->streams_n || payload.sequence >= __atomic_load_n(&r->streams[i].sender->published, __ATOMIC_ACQUIRE)) {
		take_untagged(r, f->length);
		return;
	}
	uint64_t lost = sequence_received(&r->streams[i].sequence, payload.sequence);
	if (lost > 0)
		note_loss(r, &r->streams[i], lost, now);
	r->received++;
	r->strayed += i != queue;
	r->by_length[f->length]++;
	if (payload.intended_tsc != 0)
		note_latency(r, payload.intended_tsc, now);
}

static struct work receive_queue(struct receiver *r, uint32_t queue)
{
	struct io_frame frames[IO_BURST];
	struct work done = {.packets = io_peek(r->io, queue, frames, IO_BURST)};
	if (done.packets == 0)
		return done;
	uint64_t now = netvm_tsc();
	for (uint32_t i = 0; i < done.packets; i++) {
		take_frame(r, queue, &frames[i], now);
		done.bytes += frames[i].readable;
	}
	io_release(r->io, queue);
	return done;
}

struct work receiver_receive(struct receiver *r)
{
	struct work done = receive_queue(r, r->queue);
	for (uint32_t queue = r->queue + r->queue_step; queue < r->streams_n; queue += r->queue_step) {
		struct work more = receive_queue(r, queue);
		done.packets += more.packets;
		done.bytes += more.bytes;
	}
	return done;
}
