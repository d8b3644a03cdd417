package record

import "github.com/octoq/octoq/campaign"

// ProofLabel is the label of proofs; its value is the id of the campaign that they are of.
const ProofLabel = "proof_of"

// IsProof reports whether a campaign is a proof.
func IsProof(c campaign.Campaign) bool { return c.Labels[ProofLabel] != "" }
