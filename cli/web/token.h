// The secret that opens the local web page: whoever can read its file is let in, and nobody else.
//
// Shape        48 hexadecimal digits (192 random bits) in the file `token`: in the folder that systemd made for the service
//              (RUNTIME_DIRECTORY), else in `web` of the person's state folder. It is made when it is missing, and stays until
//              somebody takes the file away.
// Invariants   The file is the person's own, and nobody else may read it; one that is otherwise is not used.
// Errors       Reported through the context: CannotWrite, BadTokenFile.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace budstikke::cli {

struct TokenFile {
  std::filesystem::path file;
  std::string token;
};
// nullopt has been reported.
std::optional<TokenFile> token_of(Context& context);

// Takes as long wherever two secrets begin to differ.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace budstikke::cli
