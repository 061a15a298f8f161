// A ticket on its way to somebody: as a page to print or send along, as a code on the screen, and taken out of what they were
// sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace budstikke::cli {

// `invited` is the node's answer to `invite`, `inviter` a council's name. One page of HTML without anything from elsewhere: what it
// is, from whom, how it is used, until when, the ticket as text and as a QR code.
std::string invitation_page(const Context& context, const Value& invited, const std::string& inviter);
// Makes a new file that only its owner may read: the page when its name ends in .html, else the ticket alone. False has been
// reported.
bool save_invitation(Context& context, const std::string& file, const Value& invited);
// The QR code, when the terminal is wide enough; else it says so.
void show_code(Context& context, const std::string& ticket);

// The ticket in a text, such as a mail or a saved page: from its "BUD1-" to the first character that belongs to none, or an empty
// line; without the line breaks that a mail program put in. The text itself when there is no such beginning.
std::string ticket_in(std::string_view text);
// The ticket of what somebody gives for one: itself, "@FILE" which it stands in, or "-" for standard input. nullopt has been
// reported.
std::optional<std::string> given_ticket(Context& context, const std::string& given);

}  // namespace budstikke::cli
