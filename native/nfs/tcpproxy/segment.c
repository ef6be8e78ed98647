#include "segment.h"

#define TTL 64u

/* The sum over pseudo-header and segment, up to `end` in the frame. */
static uint16_t tcp_sum(const struct segment *s, uint32_t end)
{
	const uint8_t *ip = s->frame + s->h.l3;
	uint32_t bytes = end - s->h.l4;
	uint64_t pseudo = s->h.version == 4 ? netvm_sum(NETVM_TCP + bytes, ip + 12, 8) : netvm_sum(NETVM_TCP + bytes, ip + 8, 32);
	return netvm_fold(netvm_sum(pseudo, s->tcp, bytes));
}

int segment_sums_right(const struct segment *s)
{
	const uint8_t *ip = s->frame + s->h.l3;
	if (s->h.version == 4 && netvm_fold(netvm_sum(0, ip, (ip[0] & 0x0fu) * 4u)) != 0xffff)
		return 0;
	return tcp_sum(s, s->h.end) == 0xffff;
}

uint16_t segment_mss(const struct segment *s)
{
	uint32_t end = (s->tcp[12] >> 4) * 4u;
	for (uint32_t at = TCP_BYTES; at < end && s->tcp[at] != 0;) {
		if (s->tcp[at] == 1) {
			at++;
			continue;
		}
		if (at + 1 >= end || s->tcp[at + 1] < 2 || at + s->tcp[at + 1] > end)
			return 0;
		if (s->tcp[at] == 2 && s->tcp[at + 1] == TCP_MSS_BYTES)
			return netvm_be16(s->tcp + at + 2);
		at += s->tcp[at + 1];
	}
	return 0;
}

static void finish_ip(const struct segment *s, uint32_t end)
{
	uint8_t *ip = s->frame + s->h.l3;
	if (s->h.version == 6) {
		netvm_put16(ip + 4, end - s->h.l4);
		return;
	}
	netvm_put16(ip + 2, end - s->h.l3);
	netvm_put16(ip + 10, 0);
	netvm_put16(ip + 10, (uint16_t)~netvm_fold(netvm_sum(0, ip, NETVM_IPV4_MIN_BYTES)));
}

void segment_rewrite(const struct segment *s, struct segment_says says)
{
	uint32_t end = s->h.l4 + TCP_BYTES;
	uint8_t *tcp = s->tcp;
	memset(tcp + 4, 0, s->length - s->h.l4 - 4);
	if (says.mss != 0 && end + TCP_MSS_BYTES <= s->length) {
		netvm_put32(tcp + TCP_BYTES, 0x02040000u | says.mss);
		end += TCP_MSS_BYTES;
	}
	tcp[12] = (uint8_t)((end - s->h.l4) << 2);
	if (says.old_byte && end < s->length) {
		says.seq--;
		end++;
	}
	netvm_put32(tcp + 4, says.seq);
	netvm_put32(tcp + 8, says.flags & TCP_ACK ? says.ack : 0);
	tcp[13] = says.flags;
	netvm_put16(tcp + 14, says.window);
	finish_ip(s, end);
	netvm_put16(tcp + 16, (uint16_t)~tcp_sum(s, end));
}

static void swap(uint8_t *a, uint8_t *b, uint32_t bytes)
{
	uint8_t was[16];
	memcpy(was, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, was, bytes);
}

void segment_turn(const struct segment *s, struct segment_says says)
{
	uint8_t *ip = s->frame + s->h.l3;
	int v4 = s->h.version == 4;
	swap(s->frame, s->frame + 6, 6);
	swap(ip + (v4 ? 12 : 8), ip + (v4 ? 16 : 24), v4 ? 4 : 16);
	swap(s->tcp, s->tcp + 2, 2);
	ip[v4 ? 8 : 7] = TTL;
	segment_rewrite(s, says);
}
