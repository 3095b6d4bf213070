// The options that say where a result goes and how it looks, and the writing of it.
//
// Threading: the main thread.
// Ownership: the app's options refer to the struct, which must outlive parsing.
// Units:     none.
// Errors:    open() finds an unwritable place, or one that the command reads from, before anything
//            is sent; write() is whole or not at all.
// Cost:      see OutputFile.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <string>

#include "cli/files/output_file.h"
#include "cli/render/render.h"
#include "engine/base/error.h"

namespace rollcall::cli {

struct ResultOptions {
  Format format = Format::kText;
  std::string output;  // "": standard output
  bool quiet = false;
};

// --format (with NDJSON and CSV if `tables`), -o and --quiet.
void add_result_options(CLI::App& command, ResultOptions& options, bool tables);

// A file that the command reads, and what it is to people, as "the inventory".
struct InputFile {
  std::string path;
  std::string role;
};

// Standard output, or the file of -o.
class ResultWriter {
 public:
  // Refuses a path that leads to one of `inputs`: the result would take its place.
  static Result<ResultWriter> open(const std::string& path, std::span<const InputFile> inputs);
  // Of root's capabilities, what write() takes.
  Capabilities needs() const { return file_ ? file_->needs() : 0; }
  Result<void> write(const std::function<void(std::ostream&)>& render);

 private:
  std::unique_ptr<OutputFile> file_;  // null: standard output
};

}  // namespace rollcall::cli
