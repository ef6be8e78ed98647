#include "replay_room.h"

#include <string.h>

#define TCP 6u
#define UDP 17u

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

/* Offset of what the Ethernet header and its tags carry, and the type of that; 0 where the frame ends before. */
static uint32_t skip_ethernet(const uint8_t *frame, uint32_t length, uint32_t *type)
{
	uint32_t at = 12;
	for (uint32_t tags = 0; tags <= FRAME_VLANS_MAX && at + 2 <= length; tags++, at += 4) {
		*type = be16(frame + at);
		if (*type != 0x8100 && *type != 0x88a8)
			return at + 2;
	}
	return 0;
}

/* Offset of the TCP or UDP header, 0 where there is none; the packet must end where the frame does. */
static uint32_t skip_ip(const uint8_t *frame, uint32_t length, uint32_t ip, uint32_t type, uint32_t *protocol)
{
	if (type == 0x0800 && ip + 20 <= length && frame[ip] >> 4 == 4) {
		uint32_t header = (frame[ip] & 0x0fu) * 4u;
		int fragment = (be16(frame + ip + 6) & 0x3fff) != 0; /* more to come, or an offset */
		*protocol = frame[ip + 9];
		return header >= 20 && !fragment && ip + be16(frame + ip + 2) == length ? ip + header : 0;
	}
	if (type == 0x86dd && ip + 40 <= length && frame[ip] >> 4 == 6) {
		*protocol = frame[ip + 6];
		return ip + 40 + be16(frame + ip + 4) == length ? ip + 40 : 0;
	}
	return 0;
}

/* Offset of the payload, 0 where there is none; and of the checksum. */
static uint32_t skip_l4(const uint8_t *frame, uint32_t length, uint32_t l4, uint32_t protocol, uint32_t *checksum)
{
	if (protocol == UDP && l4 + 8 <= length) {
		*checksum = l4 + 6;
		return l4 + 8;
	}
	if (protocol == TCP && l4 + 20 <= length) {
		uint32_t header = (frame[l4 + 12] >> 4) * 4u;
		*checksum = l4 + 16;
		return header >= 20 ? l4 + header : 0;
	}
	return 0;
}

/* RFC 1624: what the checksum says without the bytes that will be replaced; so one that was wrong stays as wrong. */
static uint16_t sum_without(const uint8_t *frame, uint32_t checksum_at, uint32_t tag_at)
{
	uint16_t checksum;
	memcpy(&checksum, frame + checksum_at, 2);
	uint16_t replaced = (uint16_t)~frame_sum(frame + tag_at, FRAME_PAYLOAD_BYTES);
	return frame_fold((uint64_t)(uint16_t)~checksum + replaced);
}

void replay_find_room(const uint8_t *frame, uint32_t length, struct replay_frame *f)
{
	uint32_t type = 0, protocol = 0, checksum = 0;
	uint32_t ip = skip_ethernet(frame, length, &type);
	uint32_t l4 = ip ? skip_ip(frame, length, ip, type, &protocol) : 0;
	uint32_t payload = l4 ? skip_l4(frame, length, l4, protocol, &checksum) : 0;
	if (payload == 0 || payload + FRAME_PAYLOAD_BYTES > length || replay_tag_at(length) < payload)
		return;
	f->tag_at = (uint16_t)replay_tag_at(length);
	uint16_t there;
	memcpy(&there, frame + checksum, 2);
	if (protocol == UDP && there == 0)
		return; /* none was wanted */
	f->checksum_at = (uint16_t)checksum;
	f->sum = sum_without(frame, checksum, f->tag_at);
}
