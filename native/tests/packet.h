/* Crafted packets for NF tests. */
#ifndef NETVM_TESTS_PACKET_H
#define NETVM_TESTS_PACKET_H

#include <string.h>

#include "../abi/nf.h"
#include "../gen/frame.h"

/* A UDP frame of 60 bytes (64 with CRC) as the generator makes them, of the given flow. */
static inline struct netvm_packet udp_packet(uint8_t frame[60], uint32_t flow)
{
	uint8_t room[FRAME_ROOM_BYTES];
	struct frame_layout layout = frame_layout_of(4, NULL, 0);
	struct frame_template template = frame_template_of(&layout, 60);
	struct frame_flow f = frame_flow_of(&layout, flow);
	struct frame_payload payload = {0};
	frame_write(&layout, &template, &f, &payload, room);
	memcpy(frame, room, 60);
	return (struct netvm_packet){.data = frame, .length = 60};
}

/* Sum over the IPv4 header; 0xffff where its checksum is right (RFC 1071). */
static inline uint32_t ip_sum(const uint8_t *frame)
{
	uint32_t sum = 0;
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

#endif
