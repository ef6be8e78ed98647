/*
 * The generator's frames: Ethernet, IPv4, UDP, and 18 bytes of our own that fit the smallest frame. Flows differ in
 * source address and source port.
 */
#ifndef NETVM_GEN_FRAME_H
#define NETVM_GEN_FRAME_H

#include <stdint.h>

#define FRAME_CRC_BYTES 4u
#define FRAME_MIN_BYTES 64u /* with CRC, as all frame sizes */
#define FRAME_MAX_BYTES 1518u
#define FRAME_MAX_FLOWS 1048576u
#define FRAME_HEAD_BYTES 64u /* whole cache lines: frames of a trial differ in these alone */
#define FRAME_PAYLOAD_OFFSET 42u /* Ethernet 14, IPv4 20, UDP 8 */
#define FRAME_TAG 0x4e56u /* of the first trial; each has its own, so that no late packet of the one before counts */

/* What the receiver reads back. Unaligned in the frame: copied, never pointed into. */
struct __attribute__((packed)) frame_payload {
	uint16_t tag;
	uint64_t sequence;
	uint64_t intended_tsc; /* when this packet's time had come; 0: not stamped */
};
_Static_assert(FRAME_PAYLOAD_OFFSET + sizeof(struct frame_payload) + FRAME_CRC_BYTES == FRAME_MIN_BYTES, "fits 64 bytes");

/* The bytes in which flows differ, ready to be stored: IP checksum (network order), source address, source port. */
struct frame_flow {
	uint32_t source;
	uint16_t checksum;
	uint16_t source_port;
};

/* Writes a whole frame of flow 0 and payload 0. length: without CRC. */
void frame_write_template(uint8_t *frame, uint32_t length);

/* Fills flows[0..n). */
void frame_make_flows(struct frame_flow *flows, uint32_t n, uint32_t length);

/*
 * Writes a whole frame over whatever is at `to`, in whole cache lines: up to 63 bytes more than its length. A line that is written at
 * once need not be read first.
 */
static inline void frame_put(uint8_t *to, const uint8_t *head, const uint8_t *template, uint32_t length)
{
	__builtin_memcpy(to, head, FRAME_HEAD_BYTES);
	for (uint32_t at = FRAME_HEAD_BYTES; at < length; at += 64)
		__builtin_memcpy(to + at, template + at, 64);
}

static inline void frame_set_flow(uint8_t *frame, const struct frame_flow *f)
{
	__builtin_memcpy(frame + 24, &f->checksum, 2);
	__builtin_memcpy(frame + 26, &f->source, 4);
	__builtin_memcpy(frame + 34, &f->source_port, 2);
}

#endif
