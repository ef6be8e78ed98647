// A telemetry segment of another process, mapped read-only. The file is hostile input: its header is copied, then
// checked, then used; what is read later is bounded by that copy, never by the file.
#ifndef NETVM_ADDON_SEGMENT_H
#define NETVM_ADDON_SEGMENT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "abi.h"

struct Events {
	std::vector<netvm_event> events;
	uint64_t next;   // index of the first event that is not in `events`: where the next reading starts
	uint64_t missed; // overwritten before they were read
};

class Segment {
public:
	// Throws std::runtime_error with one sentence that names the file.
	explicit Segment(const std::string &path);
	~Segment();
	Segment(const Segment &) = delete;
	Segment &operator=(const Segment &) = delete;

	const std::vector<std::string> &names() const { return names_; }
	uint64_t tsc_hz() const { return header_.tsc_hz; }
	uint64_t events_written() const;
	uint32_t histogram_len() const { return header_.histogram_len; }

	// Throws std::runtime_error where there is no such counter.
	uint32_t index_of(const std::string &name) const;
	uint64_t value(uint32_t index) const;
	void read_values(uint64_t *out) const;
	void read_histogram(uint64_t *out) const;
	Events read_events(uint64_t since) const;
	// A file cut short behind the mapping would end this process with SIGBUS: called before each reading.
	void check_still_whole() const;

private:
	void map(const std::string &path);
	void check_header() const;
	void check_range(const char *what, uint64_t offset, uint64_t items, uint64_t item_bytes) const;
	void read_names();
	[[noreturn]] void fail(const std::string &why) const;

	std::string path_;
	int fd_ = -1;
	const char *base_ = nullptr;
	size_t bytes_ = 0;
	netvm_telemetry_header header_ = {};
	std::vector<std::string> names_;
};

#endif
