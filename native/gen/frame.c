#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

/* Benchmarking addresses, RFC 2544 appendix C.2.2: 198.18.0.0/15. TTL 64 outlives every chain. */
#define SOURCE_NETWORK 0xc6120000u
#define DESTINATION 0xc6130001u
#define FIRST_PORT 1024u
#define PORTS 49152u
#define DESTINATION_PORT 9u /* discard */

static uint16_t ip_checksum(const uint8_t *ip)
{
	uint32_t sum = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

void frame_write_template(uint8_t *frame, uint32_t length)
{
	static const uint8_t ethernet[14] = {0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00};
	uint8_t *ip = frame + 14, *udp = frame + 34;
	memset(frame, 0, length);
	memcpy(frame, ethernet, sizeof ethernet);
	ip[0] = 0x45;
	put16(ip + 2, length - 14);
	ip[8] = 64;
	ip[9] = 17;
	put32(ip + 12, SOURCE_NETWORK);
	put32(ip + 16, DESTINATION);
	put16(ip + 10, ip_checksum(ip));
	put16(udp, FIRST_PORT);
	put16(udp + 2, DESTINATION_PORT);
	put16(udp + 4, length - 34); /* UDP checksum 0: none, as IPv4 allows */
	struct frame_payload payload = {.tag = FRAME_TAG};
	memcpy(frame + FRAME_PAYLOAD_OFFSET, &payload, sizeof payload);
}

void frame_make_flows(struct frame_flow *flows, uint32_t n, uint32_t length)
{
	uint8_t frame[FRAME_MAX_BYTES];
	frame_write_template(frame, length);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *ip = frame + 14;
		put32(ip + 12, SOURCE_NETWORK + i / PORTS);
		put16(ip + 10, 0);
		put16(ip + 10, ip_checksum(ip));
		memcpy(&flows[i].source, ip + 12, 4);
		memcpy(&flows[i].checksum, ip + 10, 2);
		flows[i].source_port = htons((uint16_t)(FIRST_PORT + i % PORTS));
	}
}
