/**
 * The example response of the API's reference page of May 2025, with `total_due`.
 */
export const exampleBody = `{
  "created_at": "2025-05-08T23:03:21.704Z",
  "id": "ac585dad-c443-433e-9e24-1ac0d8585a08",
  "map_id": "568d188b-4db2-4978-b6d4-199230d74b23",
  "modeling_app_enterprise_price": {
    "interval": "month",
    "price": "27.84",
    "type": "per_user"
  },
  "monthly_api_credits_remaining": 5,
  "monthly_api_credits_remaining_monetary_value": "41.26",
  "stable_api_credits_remaining": 6,
  "stable_api_credits_remaining_monetary_value": "63.35",
  "subscription_details": {
    "modeling_app": {
      "annual_discount": 8,
      "description": "Mx0kix5W279znAVLGdcHlu",
      "endpoints_included": [
        "file"
      ],
      "features": [
        {
          "info": "pAFbCtvtLDujHLTBpQKWs84T7pjo4GmmjL0ckyvY8WdKh9"
        }
      ],
      "monthly_pay_as_you_go_api_credits": 14,
      "monthly_pay_as_you_go_api_credits_monetary_value": "63.21",
      "name": "team",
      "pay_as_you_go_api_credit_price": "99.36",
      "price": {
        "interval": "day",
        "price": "17.07",
        "type": "per_user"
      },
      "share_links": [
        "password_protected"
      ],
      "support_tier": "standard",
      "training_data_behavior": "default_on",
      "type": {
        "saml_sso": true,
        "type": "organization"
      },
      "zoo_tools_included": [
        "modeling_app"
      ]
    }
  },
  "subscription_id": "Wh2SRWgjTPwmZKkGLLr8MyvZ",
  "total_due": "86.32",
  "updated_at": "2025-05-08T23:03:21.704Z"
}
`

/** The same without `total_due`, as it is answered unless `include_total_due=true` asks for it. */
export const exampleBodyWithoutTotalDue = exampleBody.replace(/^ *"total_due".*\n/m, "")
