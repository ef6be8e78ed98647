#include "segment.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr uint64_t max_bytes = 64u << 20;
constexpr uint32_t max_counters = 4096;
constexpr uint32_t max_events = 1u << 20;

uint64_t load(const void *at)
{
	return __atomic_load_n(static_cast<const uint64_t *>(at), __ATOMIC_RELAXED);
}

} // namespace

Segment::Segment(const std::string &path) : path_(path)
{
	try {
		map(path);
		check_header();
		read_names();
	} catch (...) {
		if (base_)
			munmap(const_cast<char *>(base_), bytes_);
		if (fd_ >= 0)
			close(fd_);
		throw;
	}
}

Segment::~Segment()
{
	munmap(const_cast<char *>(base_), bytes_);
	close(fd_);
}

void Segment::map(const std::string &path)
{
	// Not blocking: a FIFO in the file's place would otherwise hold the harness for ever.
	fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;
	if (fd_ < 0 || fstat(fd_, &st) != 0)
		fail(strerror(errno));
	if (!S_ISREG(st.st_mode))
		fail("is not a regular file");
	uint64_t size = static_cast<uint64_t>(st.st_size);
	if (size < sizeof header_)
		fail("has " + std::to_string(size) + " bytes, less than a telemetry header");
	if (size > max_bytes)
		fail("has " + std::to_string(size) + " bytes, more than any telemetry segment");
	bytes_ = size;
	void *base = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, fd_, 0);
	if (base == MAP_FAILED)
		fail(strerror(errno));
	base_ = static_cast<const char *>(base);
	// The magic first: its writer stores it last.
	uint64_t magic = __atomic_load_n(reinterpret_cast<const uint64_t *>(base_), __ATOMIC_ACQUIRE);
	memcpy(&header_, base_, sizeof header_);
	header_.magic = magic;
}

void Segment::check_header() const
{
	const netvm_telemetry_header &h = header_;
	if (h.magic != NETVM_TELEMETRY_MAGIC)
		fail("is not a telemetry segment, or its writer has not finished its header");
	if (h.abi_version != NETVM_TELEMETRY_ABI)
		fail("has telemetry ABI version " + std::to_string(h.abi_version) + ", this harness reads version " +
		     std::to_string(NETVM_TELEMETRY_ABI) + "; build both from the same source");
	if (h.total_bytes > bytes_)
		fail("is cut short: its header speaks of " + std::to_string(h.total_bytes) + " bytes, it has " +
		     std::to_string(bytes_));
	if (h.counters == 0 || h.counters > max_counters)
		fail("has " + std::to_string(h.counters) + " counters; expected 1 to " + std::to_string(max_counters));
	if (h.events_max == 0 || h.events_max > max_events || (h.events_max & (h.events_max - 1)) != 0)
		fail("has an event log of " + std::to_string(h.events_max) + " slots; expected a power of two up to " +
		     std::to_string(max_events));
	if (h.histogram_len != 0 && h.histogram_len != NETVM_HDR_LEN)
		fail("has a histogram of " + std::to_string(h.histogram_len) + " counts; expected none or " +
		     std::to_string(NETVM_HDR_LEN));
	if (h.tsc_hz < 100000000 || h.tsc_hz > 100000000000)
		fail("has a clock of " + std::to_string(h.tsc_hz) + " Hz; expected 0.1 to 100 GHz");
	check_range("names", h.names_offset, h.counters, NETVM_TELEMETRY_NAME_BYTES);
	check_range("values", h.values_offset, h.counters, sizeof(uint64_t));
	check_range("events", h.events_offset, h.events_max, sizeof(netvm_event));
	if (h.histogram_len > 0)
		check_range("histogram", h.histogram_offset, h.histogram_len, sizeof(uint64_t));
}

// Items and their size are bounded by now, so their product cannot overflow; the offset can be anything.
void Segment::check_range(const char *what, uint64_t offset, uint64_t items, uint64_t item_bytes) const
{
	uint64_t length = items * item_bytes;
	if (offset % sizeof(uint64_t) != 0 || offset < sizeof header_ || length > header_.total_bytes ||
	    offset > header_.total_bytes - length)
		fail(std::string("is damaged: its ") + what + " do not lie within it");
}

void Segment::read_names()
{
	std::set<std::string> seen;
	for (uint32_t i = 0; i < header_.counters; i++) {
		char name[NETVM_TELEMETRY_NAME_BYTES];
		memcpy(name, base_ + header_.names_offset + uint64_t(i) * sizeof name, sizeof name);
		size_t length = strnlen(name, sizeof name);
		if (length == 0 || length == sizeof name)
			fail("is damaged: the name of counter " + std::to_string(i) + " is empty or does not end");
		for (size_t c = 0; c < length; c++) {
			if (name[c] <= ' ' || name[c] > '~')
				fail("is damaged: the name of counter " + std::to_string(i) + " is not printable");
		}
		if (!seen.insert(std::string(name, length)).second)
			fail("has two counters " + std::string(name, length));
		names_.emplace_back(name, length);
	}
}

void Segment::check_still_whole() const
{
	struct stat st;
	if (fstat(fd_, &st) != 0 || static_cast<uint64_t>(st.st_size) < bytes_)
		fail("was cut short by somebody while it was read");
}

uint32_t Segment::index_of(const std::string &name) const
{
	for (uint32_t i = 0; i < names_.size(); i++) {
		if (names_[i] == name)
			return i;
	}
	fail("has no counter " + name);
}

uint64_t Segment::value(uint32_t index) const
{
	return load(base_ + header_.values_offset + uint64_t(index) * sizeof(uint64_t));
}

void Segment::read_values(uint64_t *out) const
{
	for (uint32_t i = 0; i < header_.counters; i++)
		out[i] = value(i);
}

void Segment::read_histogram(uint64_t *out) const
{
	for (uint32_t i = 0; i < header_.histogram_len; i++)
		out[i] = load(base_ + header_.histogram_offset + uint64_t(i) * sizeof(uint64_t));
}

uint64_t Segment::events_written() const
{
	const char *at = base_ + offsetof(netvm_telemetry_header, events_written);
	return __atomic_load_n(reinterpret_cast<const uint64_t *>(at), __ATOMIC_ACQUIRE);
}

// The log is read while it is written: what the writer may have overwritten meanwhile is left out, and counted.
Events Segment::read_events(uint64_t since) const
{
	const uint64_t slots = header_.events_max;
	const uint64_t written = events_written();
	Events out = {{}, written, 0};
	if (written <= since)
		return out;
	const uint64_t first = written - since > slots ? written - slots : since;
	out.events.resize(written - first);
	for (uint64_t i = first; i < written; i++)
		memcpy(&out.events[i - first], base_ + header_.events_offset + (i % slots) * sizeof(netvm_event),
		       sizeof(netvm_event));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	const uint64_t now = events_written();
	// Slot now % slots may be half written: the event that was there is no longer safe.
	const uint64_t safe = now >= slots ? now - slots + 1 : 0;
	if (safe > first)
		out.events.erase(out.events.begin(),
				 out.events.begin() + static_cast<std::ptrdiff_t>(std::min(safe - first, written - first)));
	out.missed = written - since - out.events.size();
	return out;
}

void Segment::fail(const std::string &why) const
{
	throw std::runtime_error(path_ + ": " + why);
}
