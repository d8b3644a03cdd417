package input_test

import (
	"fmt"

	"github.com/octoq/octoq/internal/input"
)

func ExampleDecode() {
	_, err := input.Decode([]byte(`{"list_name":"my_list","text":"Hello","type":"sms_premium","purpose":"alert","simulation_mod":true}`))
	fmt.Println(err)
	// Output:
	// campaign is invalid: simulation_mod: is no field of a campaign; did you mean simulation_mode?
}
