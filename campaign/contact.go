package campaign

// Contact is a person on a list of Octopush's. The fields but the number are what a
// text's placeholders {first_name}, {last_name} and {param1} to {param5} stand for: at
// most 50 characters each.
type Contact struct {
	PhoneNumber string `json:"phone_number" doc:"in international form" example:"+33612345678"`
	FirstName   string `json:"first_name,omitempty"`
	LastName    string `json:"last_name,omitempty"`
	Param1      string `json:"param1,omitempty"`
	Param2      string `json:"param2,omitempty"`
	Param3      string `json:"param3,omitempty"`
	Param4      string `json:"param4,omitempty"`
	Param5      string `json:"param5,omitempty"`
}
