// The API's commands about records. Each is driven by the table of kinds; none knows a field by name.
#pragma once

#include "daemon/api/find.h"

namespace budstikke::daemon {

// The UID a file gave the record when it was imported here, so that an export gives it back; empty when there was none.
std::string imported_uid(const Node& node, const Network& network, const RecordId& id);

class RecordsApi {
 public:
  explicit RecordsApi(Node& node) : node_(node) {}
  // nullopt when the command is not one of records.
  std::optional<Answer> handle(const std::string& command, const Value& args, Now now);
  // The council's own record, made when it joins: name and municipality as configured, unless others of the council's nodes have
  // written them, and where this node can be reached. Again once the network is in sync.
  Status write_own_council(Network& network, const Config& config, Now now);

 private:
  Answer add(const KindInfo& kind, const Value& args, Now now);
  Answer edit(const KindInfo& kind, const Value& args, Now now);
  Answer remove(const KindInfo& kind, const Value& args, Now now);
  Answer restore(const KindInfo& kind, const Value& args, Now now);
  Answer answer(const KindInfo& kind, const Value& args, Now now);
  Answer comment(const KindInfo& kind, const Value& args, Now now);
  Answer arrived(const KindInfo& kind, const Value& args);  // arrived.cpp
  Answer show(const KindInfo& kind, const Value& args);
  Answer list(const KindInfo& kind, const Value& args);
  struct ListPage {
    const Value* filters;
    bool removed;
    std::int64_t limit;
    RecordId after;
    bool is_behind;  // `after` is the last one that was shown
  };
  Result<bool> read_page(const Network& network, const KindInfo& kind, const ListPage& page, std::map<RecordId, Value>& found,
                         std::optional<RecordId>& up_to);

  // conflicts.cpp
  Answer conflicts(const Value& args);
  Answer resolve(const KindInfo& kind, const Value& args, Now now);

  // history.cpp
  Answer history(const KindInfo& kind, const Value& args);
  Answer show_past(const KindInfo& kind, const Value& args);

  // unknown.cpp
  Answer unknown(const Value& args);

  Answer import(const KindInfo& kind, const Value& args, Now now);

  // import.cpp
  struct ImportResult {
    std::string outcome;
    std::optional<RecordId> id;
    std::optional<ApiFailure> failed;
    Value fields = Value::array();  // what it changes: {field, before, after} of wire/api.h
    std::string title = {};
  };
  struct ImportWay {
    bool again = false;                  // what was erased is made anew
    bool look = false;                   // only says what would be done
    std::vector<CouncilId> others = {};  // who may have the same item
  };
  ImportResult import_item(Network& network, const KindInfo& kind, const Value& item, const ImportWay& way, Now now);
  Result<Value> same_elsewhere(const Network& network, const KindInfo& kind, const Value& item, const ImportWay& way) const;

  struct Opened {
    FoundRecord record;
    RecordView view;
  };
  // Removed or Erased when it is and that is not wanted.
  Found<Opened> open(const KindInfo& kind, const Value& args, bool even_removed = false, bool even_erased = false);
  // As open(), but NotPermitted for a record that is_closed_to() us.
  Found<Opened> open_to_edit(const KindInfo& kind, const Value& args, bool even_removed = false);
  // Opens a record to remove or restore it: NotOwner for another council's.
  Found<Opened> open_as_owner(const KindInfo& kind, const Value& args, bool even_removed);
  Answer finish(Network& network, const RecordId& id, const ChangeBuilder& builder, Now now);
  Status write(Network& network, const ChangeBuilder& builder, Now now, bool look = false);  // look: only whether it may be

  Node& node_;
};

// Puts texts from a person into a field of a change: the value of a register (an empty text clears it), elements of a set, or
// a flag. Shared by add, edit and import.
std::optional<ApiFailure> put_field(ChangeBuilder& builder, const Field& field, const Value::Array& texts);
// One text as the field's canonical value.
Found<Value> value_for(const Field& field, const Value& text);
// Whether it is another council's record of a kind that can be shared, and is not shared now. What others wrote while it was
// shared stays valid everywhere; that nothing new is written after is for each node to see to, and this is where it does.
bool is_closed_to(const Member& member, const KindInfo& kind, const RecordView& view);
// ConflictChanged when the person had looked at something else: `args` has a `seen` that is not this mark.
std::optional<ApiFailure> check_seen(const Value& args, const std::string& mark, const std::string& subject);
// What the record would hold after all: required fields are there, an event does not end before it starts.
std::optional<ApiFailure> check_whole(const KindInfo& kind, const std::function<std::string(const Field&)>& text_of);

}  // namespace budstikke::daemon
