#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

/* Benchmarking addresses, RFC 2544 appendix C.2.2: 198.18.0.0/15. TTL 64 outlives every chain. */
#define SOURCE_NETWORK 0xc6120000u
#define DESTINATION 0xc6130001u
#define FIRST_PORT 1024u
#define PORTS 49152u
#define DESTINATION_PORT 9u /* discard */
#define TTL 64u
#define UDP 17u

/* RFC 5180: 2001:2::/48; flows differ in the last 32 bits. */
static const uint8_t source6[16] = {0x20, 0x01, 0x00, 0x02};
static const uint8_t destination6[16] = {0x20, 0x01, 0x00, 0x02, 0, 0, 0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x01};

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

uint32_t frame_sum(const uint8_t *bytes, uint32_t length)
{
	uint64_t sum = 0;
	uint16_t word;
	for (uint32_t i = 0; i + 1 < length; i += 2) {
		memcpy(&word, bytes + i, 2);
		sum += word;
	}
	if (length % 2 == 1) {
		uint8_t last[2] = {bytes[length - 1], 0};
		memcpy(&word, last, 2);
		sum += word;
	}
	return frame_fold(sum);
}

struct frame_layout frame_layout_of(uint32_t ip_version, const uint16_t *vlan_ids, uint32_t vlans)
{
	struct frame_layout l = {.ip_version = ip_version, .vlans = vlans, .ip = 14 + 4 * vlans};
	for (uint32_t i = 0; i < vlans; i++)
		l.vlan_ids[i] = vlan_ids[i];
	l.l4 = l.ip + (ip_version == 4 ? 20 : 40);
	l.payload = l.l4 + 8;
	l.source = l.ip + (ip_version == 4 ? 12 : 20);
	l.checksum = ip_version == 4 ? l.ip + 10 : l.l4 + 6;
	return l;
}

uint32_t frame_least_bytes(const struct frame_layout *layout)
{
	uint32_t bytes = layout->payload + FRAME_PAYLOAD_BYTES + FRAME_CRC_BYTES;
	return bytes > FRAME_MIN_BYTES ? bytes : FRAME_MIN_BYTES;
}

/* IEEE 802.1Q: the tag's type stands where the EtherType was; 802.1ad gives the outer of two a type of its own. */
static void write_ethernet(const struct frame_layout *l, uint8_t *frame)
{
	static const uint8_t addresses[12] = {0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01};
	memcpy(frame, addresses, sizeof addresses);
	for (uint32_t i = 0; i < l->vlans; i++) {
		put16(frame + 12 + 4 * i, i + 1 < l->vlans ? 0x88a8 : 0x8100);
		put16(frame + 14 + 4 * i, l->vlan_ids[i]);
	}
	put16(frame + l->ip - 2, l->ip_version == 4 ? 0x0800 : 0x86dd);
}

/* Returns the sum that the header's checksum needs; the source address is 0 here, and comes with the flow. */
static uint32_t write_ipv4(uint8_t *ip, uint32_t bytes)
{
	ip[0] = 0x45;
	put16(ip + 2, bytes);
	ip[8] = TTL;
	ip[9] = UDP;
	put32(ip + 16, DESTINATION);
	return frame_sum(ip, 20);
}

/* Returns the sum of the pseudo-header (RFC 8200, 8.1), as far as all flows share it. */
static uint32_t write_ipv6(uint8_t *ip, uint32_t bytes)
{
	uint8_t rest[8] = {0};
	ip[0] = 0x60;
	put16(ip + 4, bytes - 40);
	ip[6] = UDP;
	ip[7] = TTL;
	memcpy(ip + 8, source6, 16);
	memcpy(ip + 24, destination6, 16);
	put32(rest, bytes - 40);
	rest[7] = UDP;
	return frame_sum(ip + 8, 32) + frame_sum(rest, sizeof rest);
}

struct frame_template frame_template_of(const struct frame_layout *l, uint32_t length)
{
	struct frame_template t = {.length = length};
	uint8_t *udp = t.header + l->l4;
	write_ethernet(l, t.header);
	put16(udp + 2, DESTINATION_PORT);
	put16(udp + 4, length - l->l4);
	if (l->ip_version == 4)
		t.sum = write_ipv4(t.header + l->ip, length - l->ip); /* UDP checksum 0: none, as IPv4 allows */
	else
		t.sum = write_ipv6(t.header + l->ip, length - l->ip) + frame_sum(udp, 8);
	return t;
}

struct frame_flow frame_flow_of(const struct frame_layout *l, uint32_t id)
{
	struct frame_flow f = {.source_port = htons((uint16_t)(FIRST_PORT + id % PORTS))};
	uint32_t host = id / PORTS;
	f.source = htonl(l->ip_version == 4 ? SOURCE_NETWORK + host : host + 1);
	uint64_t sum = (uint64_t)f.source + (l->ip_version == 4 ? 0 : f.source_port);
	f.sum = frame_fold(sum);
	return f;
}
