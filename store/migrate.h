// Brings a store of an older format to this program's. Internal to store/.
//
// Shape        Steps, each a transaction of bounded size that also says in Meta "migration" how far it came; the format is
//              raised in the last. From format 1 to 2: tables that were not there are made, the rows that follow from nothing
//              else are copied (tables.h), and Meta "rebuild" tells the layers above to make anew what they derive, which the
//              new tables hold.
// Invariants   Killed at any time it goes on where it was. Until the last step the store is a whole one of its old format: what
//              another program of that format wrote in between is noticed by the number of its transaction, and the copying
//              begins again.
// Errors       Full: there is no room; the store is as it was. Io. Damaged rows are passed over: they can have no copy.
#pragma once

#include "store/environment.h"

namespace budstikke::store {

Status migrate(Environment& env);

}  // namespace budstikke::store
