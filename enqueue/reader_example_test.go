package enqueue_test

import (
	"fmt"
	"strings"

	"github.com/octoq/octoq/enqueue"
)

func ExampleJSONLines() {
	input := `{"id":"monday","list_name":"my_list","text":"Sale! STOP au 30101","type":"sms_premium","purpose":"wholesale"}
{"id":"tuesday","list_name":"my_list","text":"Sale! STOP au 30101","type":"sms_premium","simulation_mod":true}
`
	for item := range enqueue.JSONLines(strings.NewReader(input)) {
		if item.Err != nil {
			fmt.Println(item.Err)
			continue
		}
		fmt.Printf("line %d: %s to %s\n", item.Line, item.Campaign.ID, item.Campaign.ListName)
	}
	// Output:
	// line 1: monday to my_list
	// line 2: campaign "tuesday" is invalid: simulation_mod: is no field of a campaign; did you mean simulation_mode?; purpose: is missing: alert or wholesale is wanted
}

func ExampleCSV() {
	input := `id;list_name;text;type;purpose;labels.shop
monday;my_list;"Sale!
STOP au 30101";sms_premium;wholesale;3
tuesday;my_list;Sale! STOP au 30101;sms_premium
`
	for item := range enqueue.CSV(strings.NewReader(input)) {
		if item.Err != nil {
			fmt.Println(item.Err)
			continue
		}
		fmt.Printf("line %d: %s for shop %s\n", item.Line, item.Campaign.ID, item.Campaign.Labels["shop"])
	}
	// Output:
	// line 2: monday for shop 3
	// line 4: column 5: the record has 4 cells, the header 6 columns: give each column its cell, also where it is empty
}
