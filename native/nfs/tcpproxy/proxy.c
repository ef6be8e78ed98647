#include "proxy.h"

#include "segment.h"

#define SERVER_SEQ 4u /* offsets in the TCP header of what is shifted: the server's numbers, as each side says them */
#define CLIENT_ACK 8u

/* Why no other segment can be made of this one, or PROXY_UNTOUCHED where one can. */
static enum proxy_what unfit(const struct segment *s)
{
	if (!segment_is_plain(s))
		return PROXY_UNSUPPORTED;
	return segment_sums_right(s) ? PROXY_UNTOUCHED : PROXY_MALFORMED;
}

/* A SYN: answered with a cookie, and forgotten. No window: what the client has to say would find no server yet. */
static enum proxy_what answer_syn(struct proxy *p, const struct segment *s, const struct netvm_flow *flow, uint32_t now_s)
{
	uint32_t mss = segment_mss(s), index = 7, isn = segment_seq(s);
	enum proxy_what why = unfit(s);
	if (why != PROXY_UNTOUCHED)
		return why;
	if (mss == 0)
		mss = s->h.version == 4 ? 536 : 1220; /* RFC 9293, section 3.7.1 */
	while (index > 0 && cookie_mss[index] > mss)
		index--;
	struct connection *known = connection_find(&p->connections, p->table_key, flow, now_s);
	if (known)
		known->syn_again = 1;
	segment_turn(s, (struct segment_says){.seq = cookie_of(p->cookie_key, flow, isn, index, now_s / COOKIE_SLOT_S),
					      .ack = isn + 1,
					      .flags = TCP_SYN | TCP_ACK,
					      .mss = (uint16_t)(s->h.version == 4 ? p->mss : p->mss - 20)});
	return PROXY_ANSWERED;
}

/* What the client said becomes the SYN that it would have sent to the server. */
static void ask_server(const struct segment *s, const struct connection *c)
{
	segment_rewrite(s, (struct segment_says){.seq = c->client_isn, .window = segment_window(s), .flags = TCP_SYN, .mss = cookie_mss[c->mss_index]});
}

/*
 * An ACK of what may be our cookie. Any segment whose numbers are those of the third one of a handshake will do: where that was lost, it is data, or a
 * probe of the closed window, which repeats the number before (RFC 9293, section 3.8.6.1, leaves open which).
 */
static enum proxy_what check_cookie(struct proxy *p, const struct segment *s, const struct netvm_flow *flow, uint32_t now_s)
{
	uint32_t isn = segment_seq(s) - 1, cookie = segment_ack(s) - 1, slot = now_s / COOKIE_SLOT_S;
	int mss_index = cookie_check(p->cookie_key, flow, isn, cookie, slot);
	if (mss_index < 0)
		mss_index = cookie_check(p->cookie_key, flow, ++isn, cookie, slot);
	if (mss_index < 0)
		return PROXY_BAD_COOKIE;
	enum proxy_what why = unfit(s);
	if (why != PROXY_UNTOUCHED)
		return why;
	struct connection *c = connection_place(&p->connections, p->table_key, flow, now_s);
	if (!c)
		return PROXY_TABLE_FULL;
	*c = (struct connection){.flow = *flow, .client_isn = isn, .cookie = cookie, .state = CONNECTION_OPENING, .mss_index = (uint8_t)mss_index};
	connection_refresh(&p->connections, c, now_s);
	ask_server(s, c);
	return PROXY_OPENED;
}

/* A FIN of each side, or a RST, and the short time begins. A RST that its receiver does not believe ends nothing: packets refresh that time, too. */
static void follow(struct proxy *p, struct connection *c, uint8_t flags, int from_client, uint32_t now_s)
{
	if (flags & TCP_FIN && from_client)
		c->client_fin = 1;
	else if (flags & TCP_FIN)
		c->server_fin = 1;
	if (flags & TCP_RST || (c->client_fin && c->server_fin))
		c->state = CONNECTION_CLOSING;
	connection_refresh(&p->connections, c, now_s);
}

static enum proxy_what from_client(struct proxy *p, const struct segment *s, const struct netvm_flow *flow, uint32_t now_s)
{
	uint8_t flags = segment_flags(s);
	if (flags & TCP_SYN)
		return (flags & (TCP_ACK | TCP_RST | TCP_FIN)) == 0 ? answer_syn(p, s, flow, now_s) : PROXY_MALFORMED;
	struct connection *c = connection_find(&p->connections, p->table_key, flow, now_s);
	int may_open = (flags & (TCP_ACK | TCP_RST)) == TCP_ACK;
	if (!c)
		return may_open ? check_cookie(p, s, flow, now_s) : PROXY_NO_CONNECTION;
	if (may_open && c->syn_again) {
		enum proxy_what again = check_cookie(p, s, flow, now_s);
		if (again != PROXY_BAD_COOKIE)
			return again;
	}
	if (c->state == CONNECTION_OPENING) {
		/* The server has not answered: asked again. The client keeps trying, since its window is closed. */
		if (!may_open || segment_ack(s) != c->cookie + 1 || unfit(s) != PROXY_UNTOUCHED)
			return PROXY_NO_CONNECTION;
		ask_server(s, c);
		return PROXY_HANDSHAKE;
	}
	if (flags & TCP_ACK)
		segment_shift(s, CLIENT_ACK, 0 - c->delta);
	follow(p, c, flags, 1, now_s);
	return PROXY_SPLICED;
}

/*
 * The server's SYN-ACK opens the client's window. It carries a byte that the client has had (the place of our SYN), as keep-alives do (RFC 1122, section
 * 4.2.3.6): so a client that has nothing to say acknowledges at once, and that, or its data, ends the handshake at the server, too.
 */
static void open_client(struct proxy *p, const struct segment *s, struct connection *c, uint32_t now_s)
{
	c->delta = c->cookie - segment_seq(s);
	c->state = CONNECTION_OPEN;
	connection_refresh(&p->connections, c, now_s);
	segment_rewrite(s, (struct segment_says){
				   .seq = c->cookie + 1, .ack = c->client_isn + 1, .window = segment_window(s), .flags = TCP_ACK, .old_byte = 1});
}

/* What a server says that was asked and has not answered yet. */
static enum proxy_what server_answers(struct proxy *p, const struct segment *s, struct connection *c, uint32_t now_s)
{
	uint8_t flags = segment_flags(s);
	int is_ours = flags & TCP_ACK && segment_ack(s) == c->client_isn + 1;
	enum proxy_what why = unfit(s);
	if (why != PROXY_UNTOUCHED)
		return why;
	if (flags & TCP_RST && is_ours) {
		c->state = CONNECTION_CLOSING;
		connection_refresh(&p->connections, c, now_s);
		segment_rewrite(s, (struct segment_says){.seq = c->cookie + 1, .ack = c->client_isn + 1, .flags = TCP_RST | TCP_ACK});
	} else if ((flags & (TCP_SYN | TCP_RST | TCP_FIN)) == TCP_SYN && is_ours) {
		open_client(p, s, c, now_s);
	} else if ((flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK && !is_ours) {
		/* It knows a connection of before: told that there is none (RFC 9293, section 3.5.1), so that it takes the next SYN. */
		segment_turn(s, (struct segment_says){.seq = segment_ack(s), .flags = TCP_RST});
	} else {
		return PROXY_NO_CONNECTION;
	}
	return PROXY_HANDSHAKE;
}

/* Its SYN-ACK once more: it has not heard of the client, so the proxy says it. */
static enum proxy_what acknowledge_server(const struct segment *s, const struct connection *c)
{
	if (segment_seq(s) + c->delta != c->cookie || segment_ack(s) != c->client_isn + 1 || unfit(s) != PROXY_UNTOUCHED)
		return PROXY_NO_CONNECTION;
	segment_turn(s, (struct segment_says){.seq = c->client_isn + 1, .ack = segment_seq(s) + 1, .flags = TCP_ACK});
	return PROXY_HANDSHAKE;
}

static enum proxy_what from_server(struct proxy *p, const struct segment *s, const struct netvm_flow *flow, uint32_t now_s)
{
	uint8_t flags = segment_flags(s);
	struct connection *c = connection_find(&p->connections, p->table_key, flow, now_s);
	if (!c)
		return PROXY_NO_CONNECTION;
	if (c->state == CONNECTION_OPENING)
		return server_answers(p, s, c, now_s);
	if (flags & TCP_SYN)
		return (flags & (TCP_ACK | TCP_RST | TCP_FIN)) == TCP_ACK ? acknowledge_server(s, c) : PROXY_NO_CONNECTION;
	segment_shift(s, SERVER_SEQ, c->delta);
	follow(p, c, flags, 0, now_s);
	return PROXY_SPLICED;
}

enum proxy_what proxy_take(struct proxy *p, uint8_t *frame, uint32_t length, uint32_t now_s)
{
	struct segment s = {.frame = frame, .length = length};
	struct netvm_flow flow;
	if (!netvm_headers_read(frame, length, &s.h) || s.h.protocol != NETVM_TCP)
		return PROXY_UNTOUCHED;
	netvm_flow_of(frame, &s.h, &flow);
	const struct match_prefix *protect = &p->protect[flow.version == 6];
	int to = protect->version && match_prefix_holds(protect, &flow.dst), from = protect->version && match_prefix_holds(protect, &flow.src);
	if (!to && !from)
		return PROXY_UNTOUCHED;
	if (s.h.fragment)
		return PROXY_UNSUPPORTED; /* whatever the port: of later parts nobody knows it */
	if (s.h.l4 == 0)
		return PROXY_MALFORMED;
	to = to && (p->port == 0 || flow.dst_port == p->port);
	from = from && (p->port == 0 || flow.src_port == p->port);
	if (!to && !from)
		return PROXY_UNTOUCHED;
	s.tcp = frame + s.h.l4;
	if (!segment_is_sound(&s))
		return PROXY_MALFORMED;
	if (to && from)
		return PROXY_UNSUPPORTED; /* who is the client? A source that is made up must not decide that */
	if (to)
		return from_client(p, &s, &flow, now_s);
	struct netvm_flow turned = {.src = flow.dst, .dst = flow.src, .rest = netvm_flow_rest(netvm_be32(s.tcp) << 16 | netvm_be32(s.tcp) >> 16, NETVM_TCP, flow.version)};
	return from_server(p, &s, &turned, now_s);
}
