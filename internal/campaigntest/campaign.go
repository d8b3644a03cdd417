package campaigntest

import (
	"time"

	"github.com/octoq/octoq/campaign"
)

// Documented is the example of the API's documentation.
func Documented() campaign.Campaign {
	return campaign.Campaign{
		ListName: "my_list",
		Text:     "This is a Premium SMS with STOP. STOP au 30101",
		Type:     campaign.TypePremium,
		Purpose:  campaign.PurposeWholesale,
		Sender:   "Company X",
	}
}

// DocumentedJSON is Documented as JSON.
const DocumentedJSON = `{"list_name":"my_list","text":"This is a Premium SMS with STOP. STOP au 30101","type":"sms_premium","purpose":"wholesale","sender":"Company X"}`

// Full is a campaign with every field set, FullJSON and FullText the same in
// JSON and in cells.
func Full() campaign.Campaign {
	no := false
	return campaign.Campaign{
		ID: "monday-1", Account: "shop", TagName: "clients", Text: "Line 1\nLine 2 STOP",
		Type: campaign.TypeLowCost, Purpose: campaign.PurposeAlert, Sender: "Shop", WithReplies: true,
		SendAt:           time.Date(2030, 10, 3, 7, 42, 39, 0, time.FixedZone("", -7*3600)),
		AutoOptimizeText: &no, AutoRemoveBlacklistedNumbers: true, SimulationMode: true,
		RecipientTracking: true, Segmentation: campaign.SegmentationFilter,
		NotBefore: time.Date(2030, 10, 1, 0, 0, 0, 0, time.UTC),
		ExpiresAt: time.Date(2030, 10, 4, 0, 0, 0, 5e8, time.FixedZone("", 5*3600+1800)),
		Late:      campaign.LateSend, Window: "08:00-20:00 UTC",
		Confirm: campaign.ConfirmManual, MaxCost: 125_000, Labels: map[string]string{"shop": "3", "team": "é"},
	}
}

// FullJSON is Full as JSON.
const FullJSON = ` { "id" : "monday-1", "account":"shop","tag_name":"clients","text":"Line 1\nLine 2 \u0053TOP",
 "type":"sms_low_cost","purpose":"alert","sender":"Shop","with_replies":true,"send_at":"2030-10-03T07:42:39-07:00",
 "auto_optimize_text":false,"auto_remove_blacklisted_numbers":true,"simulation_mode":true,"recipient_tracking":true,
 "segmentation":"filter","not_before":"2030-10-01T00:00:00Z","expires_at":"2030-10-04T00:00:00.5+05:30",
 "confirm":"manual","late":"send","window":"08:00-20:00 UTC","max_cost":12.5,"labels":{"shop":"3", "team":"\u00e9"} } `

// FullText is Full as cells.
func FullText() map[string]string {
	return map[string]string{
		"id": "monday-1", "account": "shop", "tag_name": "clients", "text": "Line 1\nLine 2 STOP",
		"type": "sms_low_cost", "purpose": "alert", "sender": "Shop", "with_replies": "TRUE",
		"send_at": " 2030-10-03T07:42:39-07:00", "auto_optimize_text": "no", "auto_remove_blacklisted_numbers": "1",
		"simulation_mode": "yes", "recipient_tracking": "true", "segmentation": "filter",
		"not_before": "2030-10-01T00:00Z", "expires_at": "2030-10-04T00:00:00.5+0530",
		"confirm": "manual", "late": "send", "window": "08:00-20:00 UTC", "max_cost": "12.50 ", "labels": `{"shop":"3","team":"é"}`,
	}
}
