package access

import "slices"

// Role is what a caller may do, as operators grant it.
type Role string

// The roles. All but the viewer may what a viewer may.
const (
	Viewer   Role = "viewer"   // reads
	Producer Role = "producer" // enqueues
	Approver Role = "approver" // approves and rejects
	Operator Role = "operator" // enqueues, cancels, repairs, stops accounts, changes schedules
	Admin    Role = "admin"    // everything; alone changes users, tokens and webhooks, and reads the audit log
)

// Roles are all roles.
func Roles() []Role { return []Role{Viewer, Producer, Approver, Operator, Admin} }

// Valid reports whether there is such a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// covers reports whether a caller with role r may do what needs another.
func (r Role) covers(needed Role) bool {
	switch {
	case r == needed, r == Admin:
		return true
	case needed == Viewer:
		return r.Valid()
	default:
		return r == Operator && needed == Producer
	}
}
