// The commands, each a row of one of two tables: those that stand alone, and the verbs that every kind of record has.
//
// Invariants   Names are stable, for scripts; Danish ones are aliases. Words, flags and help come from the rows; a command's
//              function finds only what its row allows.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "cli/context.h"
#include "protocol/records/kinds.h"

namespace budstikke::cli {

struct Command {
  std::string_view noun;
  std::string_view noun_danish;  // aliases, separated by '|'
  std::string_view verb;         // empty for a command of one word
  std::string_view verb_danish;
  std::string_view usage;  // what follows the name
  std::string_view usage_danish;
  std::size_t words_min;
  std::size_t words_max;
  std::string_view flags;  // names, separated by '|'
  Text summary;
  Text examples;  // two lines at least
  int (*run)(Context&);
  std::optional<Text> question = {};  // asks for the last word on a terminal, where it is missing
};

enum class FieldFlags : std::uint8_t { None, Values, Filters };

struct KindVerb {
  std::string_view name;
  std::string_view danish;
  std::string_view usage;
  std::string_view usage_danish;
  std::size_t words_min;
  std::size_t words_max;
  std::string_view flags;
  FieldFlags fields;  // whether the kind's fields are flags too
  bool (*applies)(const KindInfo&);
  Text summary;
  Text examples;  // two lines at least, with places for what each kind calls its own
  int (*run)(Context&, const KindInfo&);
  std::optional<Text> question = {};  // as above
};

std::span<const Command> commands();
std::span<const KindVerb> kind_verbs();

// The row that words of a command line name, in either language; nullptr when there is none.
const Command* find_command(std::span<const std::string> words);
const KindVerb* find_verb(const KindInfo& kind, std::string_view typed);

// Whether a row takes the flag. A kind's fields are flags as they are, with `remove-` before them, or as bounds of a list.
bool takes_flag(const Command& command, std::string_view flag);
bool takes_flag(const KindVerb& verb, const KindInfo& kind, std::string_view flag);

int init(Context& context);
int network_create(Context& context);
int network_list(Context& context);
int network_show(Context& context);
int network_members(Context& context);
int network_merge(Context& context);
int network_rename(Context& context);
int invite(Context& context);
int invite_list(Context& context);
int member_list(Context& context);
int member_revoke(Context& context);
int member_readmit(Context& context);
int member_role(Context& context);
int member_leave(Context& context);
int member_handover(Context& context);
int member_rename(Context& context);
int network_recover(Context& context);
int key_rotate(Context& context);
int key_passphrase(Context& context);
int unlock(Context& context);
int erase(Context& context);
int erase_status(Context& context);
int erase_subject(Context& context, const std::string& text);
int export_subject(Context& context);
int join(Context& context);
int status(Context& context);
int peers(Context& context);
int outbox(Context& context);
int undo(Context& context);
int watch(Context& context);
int web(Context& context);
int news(Context& context);
int remind(Context& context);
int conflicts(Context& context);
int resolve(Context& context);
int unknown(Context& context);
int sync(Context& context);
int config_show(Context& context);
int daemon_reload(Context& context);
int check(Context& context);
int bundle_write(Context& context);
int bundle_read(Context& context);
int backup(Context& context);
int restore_home(Context& context);  // `restore` of records is each kind's
int agenda(Context& context);
int search(Context& context);
int report_activity(Context& context);
int report_hearings(Context& context);
int report_ideas(Context& context);
int report_today(Context& context);
int completion(Context& context);
int overview(Context& context);  // `budstikke` alone
int help(Context& context);
int man(Context& context);  // a manual page

int add(Context& context, const KindInfo& kind);
int list(Context& context, const KindInfo& kind);
int show(Context& context, const KindInfo& kind);
int history(Context& context, const KindInfo& kind);
int edit(Context& context, const KindInfo& kind);
int remove(Context& context, const KindInfo& kind);
int restore(Context& context, const KindInfo& kind);
int comment(Context& context, const KindInfo& kind);
int rsvp(Context& context, const KindInfo& kind);
int respond(Context& context, const KindInfo& kind);
int draft(Context& context, const KindInfo& kind);
int outcome(Context& context, const KindInfo& kind);
int endorse(Context& context, const KindInfo& kind);
int lighthouse(Context& context, const KindInfo& kind);
int confirm(Context& context, const KindInfo& kind);
int receipts(Context& context, const KindInfo& kind);
int save_files(Context& context, const KindInfo& kind);
int open_file(Context& context, const KindInfo& kind);
int kind_conflicts(Context& context, const KindInfo& kind);
int kind_resolve(Context& context, const KindInfo& kind);
int import_file(Context& context, const KindInfo& kind);
int export_file(Context& context, const KindInfo& kind);

bool names_a_file(const KindInfo& kind);  // whether it has a field that does

}  // namespace budstikke::cli
