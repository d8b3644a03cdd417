package campaign_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
)

func ExampleCampaign_Validate() {
	c := campaign.Campaign{
		ListName: "my_list",
		TagName:  "clients",
		Text:     "Sale on Monday. STOP au 30101",
		Type:     campaign.TypePremium,
		Sender:   "X",
	}
	err := c.Validate()
	fmt.Println(errors.Is(err, campaign.ErrInvalid))
	if invalid, ok := errors.AsType[*campaign.ValidationError](err); ok {
		for _, fault := range invalid.Faults {
			fmt.Println(fault)
		}
	}
	// Output:
	// true
	// list_name: stands beside tag_name: exactly one of them is allowed
	// purpose: is missing: alert or wholesale is wanted
	// sender: has 1 character: 3 to 11 are allowed
}

func ExampleCampaign_Warnings() {
	c := campaign.Campaign{
		TagName: "clients",
		Text:    "Monday is {param7} day",
		Type:    campaign.TypePremium,
		Purpose: campaign.PurposeWholesale,
	}
	for _, warning := range c.Warnings(time.Now()) {
		fmt.Println(warning)
	}
	// Output:
	// text: a wholesale text without the word STOP: where the law asks for it, the API refuses it with code 121; write STOP as your account asks for it, such as STOP au 30101
	// text: "{param7}" is no placeholder the API knows ({first_name}, {last_name}, {param1} to {param5}): it may be sent as it is written
}

func ExampleEstimate() {
	fmt.Println(campaign.Estimate("Your order is ready"))
	fmt.Println(campaign.Estimate("Votre commande est prête"))
	// Output:
	// 1 SMS (19 units of GSM-7)
	// 1 SMS (24 units of Unicode)
}
