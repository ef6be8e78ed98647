#include "nf_check.h"

#include "../bench/handshake.h"
#include "../nfs/tcpproxy/proxy.h"
#include "../nfs/tcpproxy/segment.h"

#define CLIENT 0xc6120000u
#define SERVER 0xc6130001u
#define CLIENT_PORT 5000u
#define CLIENT_ISN 0xffffffffu /* all of its numbers wrap */
#define SERVER_ISN 0x7fffff00u
#define NOW_S 1000u

/* What came out of a packet. */
struct out {
	enum proxy_what what;
	struct netvm_flow flow;
	uint32_t seq, ack, data_bytes;
	uint16_t window, mss;
	uint8_t flags, first_mac, ttl;
};

static struct proxy proxy;
static uint8_t version = 4, vlans;

static void open_proxy(void)
{
	static struct connection entries[CONNECTIONS];
	memset(entries, 0, sizeof entries);
	proxy = (struct proxy){
		.protect = {{.address = {0, SERVER}, .length = 32, .version = 4},
			    {.address = {0x20010db800000000ull, SERVER}, .length = 128, .version = 6}},
		.mss = 1460,
		.cookie_key = {1, 2},
		.table_key = {3, 4},
		.connections = {.entries = entries, .timeout_s = {30, 7440, 60}},
	};
}

static struct out take_frame(uint8_t *frame, uint32_t length, uint32_t now_s)
{
	struct out o = {.what = proxy_take(&proxy, frame, length, now_s)};
	struct netvm_headers h;
	if (o.what >= PROXY_BAD_COOKIE)
		return o;
	assert_true(craft_sums_right(frame, length));
	assert_true(netvm_headers_read(frame, length, &h) == version && h.l4 != 0);
	struct segment s = {frame, length, h, frame + h.l4};
	netvm_flow_of(frame, &h, &o.flow);
	o.seq = segment_seq(&s);
	o.ack = segment_ack(&s);
	o.flags = segment_flags(&s);
	o.window = segment_window(&s);
	o.mss = segment_mss(&s);
	o.data_bytes = (uint32_t)(h.end - h.l4) - (s.tcp[12] >> 4) * 4u;
	o.first_mac = frame[5];
	o.ttl = frame[h.l3 + (version == 4 ? 8 : 7)];
	for (uint32_t i = 0; i < vlans; i++)
		assert_int_equal(netvm_be16(frame + 14 + 4 * i), 100 * (i + 1));
	return o;
}

static struct out take(struct crafted c, uint32_t now_s)
{
	uint8_t frame[CRAFT_BYTES];
	c.protocol = NETVM_TCP;
	c.version = version;
	c.vlans = vlans;
	return take_frame(frame, craft(frame, &c), now_s);
}

static struct crafted client_says(uint8_t flags, uint32_t seq, uint32_t ack)
{
	return (struct crafted){.src = CLIENT, .dst = SERVER, .src_port = CLIENT_PORT, .dst_port = 80, .tcp_flags = flags, .seq = seq, .ack = ack,
				.window = 4321};
}

static struct crafted server_says(uint8_t flags, uint32_t seq, uint32_t ack)
{
	return (struct crafted){.src = SERVER, .dst = CLIENT, .src_port = 80, .dst_port = CLIENT_PORT, .tcp_flags = flags, .seq = seq, .ack = ack,
				.window = 1234};
}

static struct crafted with_data(struct crafted c)
{
	c.payload = "data";
	c.payload_bytes = 4;
	return c;
}

/* The number that the proxy answers a SYN with. */
static uint32_t cookie_at(uint32_t now_s)
{
	struct crafted syn = client_says(TCP_SYN, CLIENT_ISN, 0);
	syn.mss = 1400;
	struct out o = take(syn, now_s);
	assert_int_equal(o.what, PROXY_ANSWERED);
	return o.seq;
}

/* A connection that is open; returns its cookie. */
static uint32_t open_one(void)
{
	uint32_t cookie = cookie_at(NOW_S);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_OPENED);
	struct crafted answer = server_says(TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1);
	answer.mss = 1460;
	assert_int_equal(take(answer, NOW_S).what, PROXY_HANDSHAKE);
	return cookie;
}

static uint32_t known(void)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		n += proxy.connections.entries[i].expires_s != 0;
	return n;
}

/* The reference implementation's numbers for keys 00 to 0f and words of 00, 01, 02 and so on. */
static void the_mac_is_siphash(void **state)
{
	(void)state;
	const uint64_t key[2] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};
	const uint64_t words[5] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull, 0x1716151413121110ull, 0x1f1e1d1c1b1a1918ull, 0x2726252423222120ull};
	assert_true(siphash(key, words, 0, 2, 4) == 0x726fdb47dd0e0e31ull);
	assert_true(siphash(key, words, 1, 2, 4) == 0x93f5f5799a932462ull);
	assert_true(siphash(key, words, 2, 2, 4) == 0x3f2acc7f57c29bdbull);
	assert_true(siphash(key, words, 5, 2, 4) == 0x0e3ea96b5304a7d0ull);
}

static void a_handshake(void **state)
{
	(void)state;
	for (version = 4; version <= 6; version += 2) {
		for (vlans = 0; vlans <= 2; vlans++) {
			open_proxy();
			struct crafted syn = client_says(TCP_SYN, CLIENT_ISN, 0);
			syn.mss = 1400;
			syn.ttl = 3;
			struct out o = take(syn, NOW_S);
			assert_int_equal(o.ttl, 64); /* not what is left of the client's */
			assert_true(o.what == PROXY_ANSWERED && o.flags == (TCP_SYN | TCP_ACK) && o.ack == CLIENT_ISN + 1 && o.window == 0);
			assert_true(o.flow.src.low == SERVER && o.flow.dst.low == CLIENT && o.flow.src_port == 80 && o.flow.dst_port == CLIENT_PORT);
			assert_int_equal(o.mss, version == 4 ? 1460 : 1440);
			assert_int_equal(o.first_mac, 1); /* turned round */
			assert_int_equal(known(), 0);     /* half-open: nobody remembers it */
			uint32_t cookie = o.seq;
			struct crafted ack = with_data(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1));
			o = take(ack, NOW_S);
			assert_true(o.what == PROXY_OPENED && o.flags == TCP_SYN && o.seq == CLIENT_ISN && o.ack == 0 && o.data_bytes == 0);
			assert_true(o.window == 4321 && o.flow.dst_port == 80 && o.first_mac == 2);
			assert_int_equal(o.mss, 1360); /* what a cookie can say of 1400; the data left the room */
			assert_int_equal(known(), 1);
			struct crafted answer = server_says(TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1);
			answer.mss = 1460;
			o = take(answer, NOW_S);
			assert_true(o.what == PROXY_HANDSHAKE && o.flags == TCP_ACK && o.seq == cookie && o.ack == CLIENT_ISN + 1 && o.window == 1234);
			assert_true(o.data_bytes == 1 && o.flow.dst_port == CLIENT_PORT && o.mss == 0);
			o = take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S);
			assert_true(o.what == PROXY_SPLICED && o.seq == CLIENT_ISN + 1 && o.ack == SERVER_ISN + 1);
		}
	}
	version = 4;
	vlans = 0;
}

static void without_room_there_is_no_option(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	open_proxy();
	const struct crafted syn = {.protocol = NETVM_TCP, .src = CLIENT, .dst = SERVER, .src_port = CLIENT_PORT, .dst_port = 80, .tcp_flags = TCP_SYN};
	craft(frame, &syn);
	assert_int_equal(take_frame(frame, 54, NOW_S).mss, 0);
	craft(frame, &syn);
	struct out o = take_frame(frame, 58, NOW_S);
	assert_int_equal(o.mss, 1460);
	/* Nor is there a byte to make the client answer with: it is told of its window alone. */
	assert_int_equal(take(client_says(TCP_ACK, 1, o.seq + 1), NOW_S).what, PROXY_OPENED);
	const struct crafted answer = {.protocol = NETVM_TCP, .src = SERVER, .dst = CLIENT, .src_port = 80, .dst_port = CLIENT_PORT,
				       .tcp_flags = TCP_SYN | TCP_ACK, .seq = SERVER_ISN, .ack = 1, .window = 99};
	craft(frame, &answer);
	struct out update = take_frame(frame, 54, NOW_S);
	assert_true(update.what == PROXY_HANDSHAKE && update.seq == o.seq + 1 && update.data_bytes == 0 && update.window == 99);
}

static void numbers_are_shifted(void **state)
{
	(void)state;
	for (version = 4; version <= 6; version += 2) {
		open_proxy();
		uint32_t cookie = open_one();
		/* In no order, and past the end of the numbers: SERVER_ISN + 1 + at is cookie + 1 + at, whatever at is. */
		static const uint32_t places[] = {1000, 0, 0x80000000u, 0xfffffffeu, 5};
		for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
			uint32_t at = places[i];
			struct out o = take(with_data(server_says(TCP_ACK, SERVER_ISN + 1 + at, CLIENT_ISN + 1 + at)), NOW_S);
			assert_true(o.what == PROXY_SPLICED && o.seq == cookie + 1 + at && o.ack == CLIENT_ISN + 1 + at && o.data_bytes == 4);
			o = take(with_data(client_says(TCP_ACK, CLIENT_ISN + 1 + at, cookie + 1 + at)), NOW_S);
			assert_true(o.what == PROXY_SPLICED && o.ack == SERVER_ISN + 1 + at && o.seq == CLIENT_ISN + 1 + at && o.data_bytes == 4);
		}
	}
	version = 4;
}

static void wrong_cookies_open_nothing(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	for (uint32_t bit = 0; bit < 32; bit++)
		assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, (cookie ^ 1u << bit) + 1), NOW_S).what, PROXY_BAD_COOKIE);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 3, cookie + 1), NOW_S).what, PROXY_BAD_COOKIE);
	struct crafted other = client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1);
	other.src++;
	assert_int_equal(take(other, NOW_S).what, PROXY_BAD_COOKIE);
	other.src--;
	other.src_port++;
	assert_int_equal(take(other, NOW_S).what, PROXY_BAD_COOKIE);
	proxy.cookie_key[0]++;
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_BAD_COOKIE);
	assert_int_equal(take(client_says(TCP_RST, CLIENT_ISN + 1, 0), NOW_S).what, PROXY_NO_CONNECTION);
	assert_int_equal(take(client_says(TCP_ACK | TCP_RST, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_NO_CONNECTION);
	assert_int_equal(take(server_says(TCP_ACK, 5, 6), NOW_S).what, PROXY_NO_CONNECTION);
	assert_int_equal(known(), 0);
}

/* A cookie is good for its slot and the next. */
static void cookies_expire(void **state)
{
	(void)state;
	const uint32_t begin = NOW_S / COOKIE_SLOT_S * COOKIE_SLOT_S;
	for (uint32_t later = 0; later < 5 * COOKIE_SLOT_S; later += COOKIE_SLOT_S / 2) {
		open_proxy();
		uint32_t cookie = cookie_at(begin);
		enum proxy_what what = take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), begin + later).what;
		assert_int_equal(what, later < 2 * COOKIE_SLOT_S ? PROXY_OPENED : PROXY_BAD_COOKIE);
	}
}

/* The same ACK again opens no second connection: while the server is silent it is asked again, then it is an ordinary packet. */
static void replays_open_nothing_new(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	const struct crafted ack = client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1);
	assert_int_equal(take(ack, NOW_S).what, PROXY_OPENED);
	struct out o = take(ack, NOW_S);
	assert_true(o.what == PROXY_HANDSHAKE && o.flags == TCP_SYN && o.seq == CLIENT_ISN);
	o = take(client_says(TCP_ACK, CLIENT_ISN, cookie + 1), NOW_S); /* Linux probes a closed window like this */
	assert_true(o.what == PROXY_HANDSHAKE && o.flags == TCP_SYN && o.seq == CLIENT_ISN);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 9), NOW_S).what, PROXY_NO_CONNECTION);
	assert_int_equal(take(server_says(TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1), NOW_S).what, PROXY_HANDSHAKE);
	o = take(ack, NOW_S);
	assert_true(o.what == PROXY_SPLICED && o.flags == TCP_ACK && o.ack == SERVER_ISN + 1);
	assert_int_equal(known(), 1);
}

/* Where the third segment was lost, a probe shows the cookie too. */
static void a_probe_opens(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	struct out o = take(client_says(TCP_ACK, CLIENT_ISN, cookie + 1), NOW_S);
	assert_true(o.what == PROXY_OPENED && o.flags == TCP_SYN && o.seq == CLIENT_ISN);
}

static void a_server_that_asks_again_is_answered(void **state)
{
	(void)state;
	open_proxy();
	open_one();
	struct out o = take(server_says(TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1), NOW_S);
	assert_true(o.what == PROXY_HANDSHAKE && o.flags == TCP_ACK && o.seq == CLIENT_ISN + 1 && o.ack == SERVER_ISN + 1);
	assert_true(o.flow.dst.low == SERVER && o.flow.src_port == CLIENT_PORT && o.first_mac == 1);
	assert_int_equal(take(server_says(TCP_SYN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1), NOW_S).what, PROXY_NO_CONNECTION);
}

static void a_server_that_refuses(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S);
	assert_int_equal(take(server_says(TCP_RST | TCP_ACK, 0, CLIENT_ISN + 2), NOW_S).what, PROXY_NO_CONNECTION);
	struct out o = take(server_says(TCP_RST | TCP_ACK, 0, CLIENT_ISN + 1), NOW_S);
	assert_true(o.what == PROXY_HANDSHAKE && o.flags == (TCP_RST | TCP_ACK) && o.seq == cookie + 1 && o.ack == CLIENT_ISN + 1);
}

/* The server still has a connection of before, which the client has forgotten: it is reset, and the next SYN is taken. */
static void a_server_with_an_old_connection(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S);
	struct out o = take(server_says(TCP_ACK, 777, 888), NOW_S);
	assert_true(o.what == PROXY_HANDSHAKE && o.flags == TCP_RST && o.seq == 888 && o.flow.dst.low == SERVER);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN, cookie + 1), NOW_S).flags, TCP_SYN);
}

/* The client begins anew on the same ports: nothing changes until it shows the new cookie. */
static void a_client_that_begins_anew(void **state)
{
	(void)state;
	open_proxy();
	uint32_t old = open_one();
	struct out o = take(client_says(TCP_SYN, 42, 0), NOW_S + 500);
	assert_int_equal(o.what, PROXY_ANSWERED);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, old + 1), NOW_S + 500).what, PROXY_SPLICED);
	struct out again = take(client_says(TCP_ACK, 43, o.seq + 1), NOW_S + 500);
	assert_true(again.what == PROXY_OPENED && again.flags == TCP_SYN && again.seq == 42);
	assert_int_equal(known(), 1);
}

static void connections_end(void **state)
{
	(void)state;
	/* A FIN of one side is half of it. */
	open_proxy();
	uint32_t cookie = open_one();
	assert_int_equal(take(client_says(TCP_FIN | TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_SPLICED);
	assert_int_equal(take(server_says(TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 2), NOW_S + 7000).what, PROXY_SPLICED);
	assert_int_equal(take(server_says(TCP_FIN | TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 2), NOW_S + 7000).what, PROXY_SPLICED);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 2, cookie + 2), NOW_S + 7059).what, PROXY_SPLICED);
	assert_int_equal(take(server_says(TCP_ACK, SERVER_ISN + 2, CLIENT_ISN + 2), NOW_S + 7059 + 60).what, PROXY_NO_CONNECTION);
	/* A RST is all of it. */
	open_proxy();
	cookie = open_one();
	assert_int_equal(take(client_says(TCP_RST, CLIENT_ISN + 1, 0), NOW_S).what, PROXY_SPLICED);
	assert_int_equal(take(server_says(TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1), NOW_S + 60).what, PROXY_NO_CONNECTION);
	/* So is silence, and a server's that never answers. */
	open_proxy();
	open_one();
	assert_int_equal(take(server_says(TCP_ACK, SERVER_ISN + 1, CLIENT_ISN + 1), NOW_S + 7440).what, PROXY_NO_CONNECTION);
	open_proxy();
	cookie = cookie_at(NOW_S);
	take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S);
	assert_int_equal(take(server_says(TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 1), NOW_S + 30).what, PROXY_NO_CONNECTION);
}

/* Connections that are not open give way, open ones do not. */
static void a_full_set_refuses(void **state)
{
	(void)state;
	open_proxy();
	uint32_t cookie = cookie_at(NOW_S);
	struct connection *e = proxy.connections.entries;
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		e[i] = (struct connection){.expires_s = NOW_S + 5 + i % 4, .state = i % 4 == 2 ? CONNECTION_OPENING : CONNECTION_OPEN};
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_OPENED);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		e[i] = (struct connection){.expires_s = NOW_S + 5, .state = CONNECTION_OPEN};
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S).what, PROXY_TABLE_FULL);
	assert_int_equal(take(client_says(TCP_ACK, CLIENT_ISN + 1, cookie + 1), NOW_S + 5).what, PROXY_OPENED);
}

static void a_flood_of_syns_leaves_nothing(void **state)
{
	(void)state;
	open_proxy();
	for (uint32_t i = 0; i < 10000; i++) {
		struct crafted syn = client_says(TCP_SYN, i, 0);
		syn.src += i;
		assert_int_equal(take(syn, NOW_S).what, PROXY_ANSWERED);
	}
	assert_int_equal(known(), 0);
}

static void what_is_refused(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	open_proxy();
	const struct crafted malformed[] = {
		client_says(TCP_SYN | TCP_FIN, 1, 0), client_says(TCP_SYN | TCP_RST, 1, 0), client_says(TCP_SYN | TCP_ACK, 1, 1)};
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		assert_int_equal(take(malformed[i], NOW_S).what, PROXY_MALFORMED);
	struct crafted c = client_says(TCP_SYN, 1, 0);
	c.options = 1;
	assert_int_equal(take(c, NOW_S).what, PROXY_UNSUPPORTED);
	c.options = 0;
	c.fragment = 0x2000;
	assert_int_equal(take(c, NOW_S).what, PROXY_UNSUPPORTED);
	c.fragment = 0x0003;
	assert_int_equal(take(c, NOW_S).what, PROXY_UNSUPPORTED);
	c.fragment = 0;
	c.src = SERVER;
	assert_int_equal(take(c, NOW_S).what, PROXY_UNSUPPORTED);
	c = client_says(TCP_SYN, 1, 0);
	c.protocol = NETVM_TCP;
	uint32_t length = craft(frame, &c);
	frame[40]++;
	assert_int_equal(take_frame(frame, length, NOW_S).what, PROXY_MALFORMED); /* its checksum is wrong now */
	craft(frame, &c);
	open_one();
	c = client_says(TCP_ACK, CLIENT_ISN + 1, 0);
	c.protocol = NETVM_TCP;
	craft(frame, &c);
	frame[46] = 0x40;
	assert_int_equal(take_frame(frame, length, NOW_S).what, PROXY_MALFORMED); /* a header of 16 bytes */
	frame[46] = 0xf0;
	assert_int_equal(take_frame(frame, length, NOW_S).what, PROXY_MALFORMED); /* one longer than the packet */
}

static void others_pass(void **state)
{
	(void)state;
	open_proxy();
	proxy.port = 443;
	assert_int_equal(take(client_says(TCP_SYN, 1, 0), NOW_S).what, PROXY_UNTOUCHED);
	proxy.port = 0;
	struct crafted c = client_says(TCP_SYN, 1, 0);
	c.dst++;
	assert_int_equal(take(c, NOW_S).what, PROXY_UNTOUCHED);
	proxy.protect[0].version = 0;
	assert_int_equal(take(client_says(TCP_SYN, 1, 0), NOW_S).what, PROXY_UNTOUCHED);
}

/* Through the NF itself: its own clock and secrets. */
static void the_nf_splices(void **state)
{
	(void)state;
	uint8_t frame[CRAFT_BYTES];
	start_with(NULL, NULL);
	assert_int_equal(handshake_open(&netvm_nf, 0), 0);
	uint32_t length = handshake_data(frame, 0);
	struct netvm_packet p = {.data = frame, .length = (uint16_t)length};
	assert_int_equal(run(&p), NETVM_ACTION_NEXT);
	assert_true(craft_sums_right(frame, length));
	length = handshake_data(frame, 1);
	assert_int_equal(run(&p), NETVM_ACTION_DROP);
}

static void bad_options_are_refused(void **state)
{
	(void)state;
	refused_with("", NULL, "expected --protect or --protect6, got none");
	refused_with("--protect 2001:db8::/32", NULL, "--protect: expected an IPv4 prefix");
	refused_with("--protect6 10.0.0.0/8", NULL, "--protect6: expected an IPv6 prefix");
	refused_with("--protect 10.0.0.0/8 --mss 100", NULL, "--mss: expected a number from 536 to 8960, got 100");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_took),
		cmocka_unit_test(the_mac_is_siphash),
		cmocka_unit_test(a_handshake),
		cmocka_unit_test(without_room_there_is_no_option),
		cmocka_unit_test(numbers_are_shifted),
		cmocka_unit_test(wrong_cookies_open_nothing),
		cmocka_unit_test(cookies_expire),
		cmocka_unit_test(replays_open_nothing_new),
		cmocka_unit_test(a_probe_opens),
		cmocka_unit_test(a_server_that_asks_again_is_answered),
		cmocka_unit_test(a_server_that_refuses),
		cmocka_unit_test(a_server_with_an_old_connection),
		cmocka_unit_test(a_client_that_begins_anew),
		cmocka_unit_test(connections_end),
		cmocka_unit_test(a_full_set_refuses),
		cmocka_unit_test(a_flood_of_syns_leaves_nothing),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(others_pass),
		cmocka_unit_test(the_nf_splices),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(passes_ordinary_traffic),
		cmocka_unit_test(survives_malformed_packets),
	};
	return cmocka_run_group_tests_name("tcpproxy", tests, NULL, NULL);
}
