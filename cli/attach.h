// Files that go with records: from this computer to the node, and back, a piece at a time.
//
// Invariants   A file that is handed to a person has the hash that its record says, and appears under its name only once it is
// whole. Errors       Have been reported through the context when false or nothing is returned.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

// Puts the file into the network, or finds it there, and gives its id. A file that was left half-way goes on where it stopped.
std::optional<std::string> attach(Context& context, const std::string& path, const std::string& network);

// The file that a person named by its number in `files` (FILE of wire/api.h), its name, or the start of its id; nullptr when none
// fits.
const Value* attached(const Value::Array& files, const std::string& named);

// Fetches what is not here yet, for as long as some of it comes, and writes the file to `target`. A FILE, of this network.
bool detach(Context& context, const Value& file, const std::string& network, const std::filesystem::path& target);

// "Høringssvar.pdf (18 kB)", and how much of it is here when that is not all.
std::string described(const Context& context, const Value& file);

// Where a file of this name goes: into the folder, or beside it under another name ("Referat (2).pdf") where there is one
// already.
std::filesystem::path free_name(const std::filesystem::path& folder, const std::string& name);

}  // namespace budstikke::cli
