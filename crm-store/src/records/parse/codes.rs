//! Codes of currencies, languages and countries.

use iso_currency::Currency;

use crate::records::Value;

/// ISO 3166-1 alpha-2, and XK, which everybody uses for Kosovo.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ \
    IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML \
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS \
    PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL \
    TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

pub(super) fn currency(said: &str) -> Result<Value, String> {
    let code = said.to_ascii_uppercase();
    if Currency::from_code(&code).is_some() {
        Ok(Value::Text(code))
    } else {
        Err(format!(
            "must be an ISO 4217 code such as EUR; there is no currency {said:?}"
        ))
    }
}

pub(super) fn language(said: &str) -> Result<Value, String> {
    if (2..=3).contains(&said.len()) && said.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(Value::Text(said.to_ascii_lowercase()))
    } else {
        Err("must be an ISO 639 code such as en, without a region".to_owned())
    }
}

pub(super) fn country(said: &str) -> Result<Value, String> {
    let code = said.to_ascii_uppercase();
    if code.len() == 2 && COUNTRIES.split_ascii_whitespace().any(|known| known == code) {
        Ok(Value::Text(code))
    } else {
        Err("must be an ISO 3166-1 code of two letters such as DE".to_owned())
    }
}
