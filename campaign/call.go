package campaign

// Call is one service of the API.
type Call string

// The services octoq uses. Confirm is what Octopush calls "validate" and
// "/send"; it is the only one that cannot be taken back.
const (
	CallCreate  Call = "create"
	CallStatus  Call = "status"
	CallConfirm Call = "confirm"
	CallCancel  Call = "cancel"
	CallBalance Call = "balance"
)
