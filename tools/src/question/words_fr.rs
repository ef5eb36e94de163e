//! The grammar of French questions.

use super::words::{Table, Word};
use crate::semantic::Grain;

pub(super) const WORDS: Table = &[
    (
        Word::By,
        "par|pour chaque|dans chaque|chaque|selon|de chaque|reparti par|ventile par|reparties par|groupe par|repartition par|a chaque|ventilation par",
    ),
    (
        Word::Every(Grain::Day),
        "quotidien|quotidienne|quotidiens|jour par jour|journalier|journaliere",
    ),
    (
        Word::Every(Grain::Week),
        "hebdomadaire|hebdomadaires|semaine par semaine",
    ),
    (
        Word::Every(Grain::Month),
        "mensuel|mensuelle|mensuels|mensuelles|mois par mois|mensuellement",
    ),
    (
        Word::Every(Grain::Quarter),
        "trimestriel|trimestrielle|trimestriels|trimestrielles",
    ),
    (Word::Every(Grain::Year), "annuel|annuelle|annuels|annuelles"),
    (Word::Unit(Grain::Day), "jour|jours"),
    (Word::Unit(Grain::Week), "semaine|semaines"),
    (Word::Unit(Grain::Month), "mois"),
    (Word::Unit(Grain::Quarter), "trimestre|trimestres"),
    (Word::Unit(Grain::Year), "annee|annees|an|ans|exercice"),
    (
        Word::HowMany,
        "combien de|combien d|nombre de|nombre d|le nombre de|le nombre d|quel nombre de|nombre total de|nombre",
    ),
    (
        Word::HowMuch,
        "combien|montant|montant total|valeur|somme|somme de|volume|valeur totale|montant de|montant du|valeur de|valeur du|quel montant|somme des",
    ),
    (
        Word::Average,
        "moyen|moyenne|moyens|moyennes|en moyenne|taille moyenne|taille moyenne des|montant moyen|valeur moyenne|montant moyen des",
    ),
    (
        Word::List,
        "liste|liste des|lister|affiche|affiche moi|montre|montre moi|affichez|montrez|montrez moi|voir|detail|details|enregistrements|les enregistrements|donne moi la liste|enumere|listez|liste moi|liste de|donne moi la liste des|lesquelles|lesquels",
    ),
    (Word::Which, "quel|quelle|quels|quelles|quelles sont|quels sont"),
    (
        Word::Most,
        "plus|le plus|la plus|les plus|plus grand|plus grande|plus grands|plus grandes|les plus grandes|les plus grands|plus eleve|plus elevee|plus gros|plus grosses|top|premiers|premieres|les plus grosses|le plus eleve|la plus elevee|maximum|principaux|principales|les plus gros|le plus de|plus importantes|plus importants",
    ),
    (
        Word::Least,
        "moins|le moins|la moins|plus petit|plus petite|plus petits|plus petites|plus bas|plus basse|pire|pires|plus faible|plus faibles|minimum|le moins de|derniers de|moins bons",
    ),
    (Word::Best, "meilleur|meilleure|meilleurs|meilleures"),
    (
        Word::Other,
        "avec autres|avec les autres|et le reste|avec le reste|et les autres",
    ),
    (
        Word::Share,
        "part|part du|part de|part des|pourcentage|pourcentage de|pourcentage du|pourcentage du total|quelle part|quelle part de|quelle part du|proportion|proportion de|en pourcentage|en part|en part du total|repartition|repartition de|repartition du|quel pourcentage|quote part",
    ),
    (
        Word::Trend,
        "tendance|tendance des|evolution|evolution des|evolution du|evolution de|au fil du temps|dans le temps|developpement",
    ),
    (
        Word::Versus,
        "vs|versus|par rapport a|par rapport au|par rapport aux|compare a|compare au|comparee a|comparees a|compares a|compare avec|en comparaison de|en comparaison avec|face a|contre|comparaison avec|compare|comparee au|compares au|comparees au|comparativement a|comparer a",
    ),
    (
        Word::Over,
        "plus de|superieur a|superieure a|superieures a|superieurs a|au dessus de|de plus de|au dela de|depassant|avec plus de",
    ),
    (Word::AtLeast, "au moins|au minimum|minimum de|a partir de"),
    (
        Word::Under,
        "moins de|inferieur a|inferieure a|inferieures a|inferieurs a|en dessous de|de moins de|avec moins de",
    ),
    (Word::AtMost, "au plus|au maximum|maximum de|jusqu a"),
    (
        Word::Overdue,
        "en retard|echu|echue|echus|echues|date de cloture depassee|dont la date de cloture est depassee",
    ),
    (Word::Between, "entre"),
    (
        Word::Without,
        "sans|pas|non|ne|sauf|hors|excepte|excluant|n|sans les|a l exclusion de|a l exception de|sans la|sans le|sans aucun|sans aucune|hormis",
    ),
    (
        Word::Only,
        "seulement|uniquement|seulement les|seulement celles|seulement ceux|seules|rien que|juste|seuls|seulement celles de|uniquement les|que les",
    ),
    (Word::And, "et|ou|ainsi que"),
    (Word::With, "avec|ayant|qui ont"),
    (
        Word::Open,
        "ouvert|ouverte|ouverts|ouvertes|en cours|actif|actives|actifs",
    ),
    (
        Word::Won,
        "vendu|vendus|vendue|vendues|vendre|avons nous vendu|gagne|gagnee|gagnes|gagnees|gagner|remporte|remportee|remportes|remportees|signe|signees|signes|avons nous gagnees|avons nous gagne",
    ),
    (
        Word::Lost,
        "perdu|perdue|perdus|perdues|perdre|perdons|avons nous perdu|avons nous perdues",
    ),
    (
        Word::New,
        "nouveau|nouveaux|nouvelle|nouvelles|nouvel|cree|creee|crees|creees|recu|recus|recues|arrive|arrives|entres|arrivees|ajoutes|ajoutees",
    ),
    (
        Word::Closing,
        "conclure|se conclure|se concluent|se conclut|a conclure|doivent se conclure|se clore|a signer|cloture|clotures|cloturent|se cloturent|a cloturer|cloturant|date de cloture|qui se cloturent|avec date de cloture|se terminant|qui se terminent",
    ),
    (
        Word::Funnel,
        "entonnoir|entonnoir de vente|entonnoir des ventes|entonnoir de conversion|tunnel|tunnel de vente|conversion entre etapes|conversion par etape|conversion entre les etapes|tunnel des ventes|entonnoir commercial",
    ),
    (
        Word::Durations,
        "temps par etape|duree par etape|duree dans chaque etape|temps dans chaque etape|jours par etape|restent dans chaque etape|dans chaque etape|a chaque etape|duree des etapes|duree de chaque etape|temps passe par etape|temps passe dans chaque etape|restent elles dans chaque etape",
    ),
    (
        Word::Cohort,
        "cohorte|cohortes|par cohorte|analyse de cohortes|par cohortes",
    ),
    (
        Word::Bridge,
        "pont|cascade|mouvement du pipeline|mouvements du pipeline|changements du pipeline|variation du pipeline|variations du pipeline|pont du pipeline",
    ),
    (
        Word::Change,
        "change|changements|changement|evolue|varie|variation|bouge|a change|s est passe",
    ),
    (
        Word::AsOf,
        "au|a la date du|en date du|arrete au|etat au|tel qu au",
    ),
    (
        Word::EndOf,
        "fin|fin du|a la fin du|fin de|a la fin de|a la fin de l|fin de l",
    ),
    (
        Word::HowLong,
        "a quelle vitesse|combien de temps|combien de jours|quelle duree|quel delai|combien de temps faut il",
    ),
    (Word::Mine, "mon|ma|mes|mien|mienne|miens|miennes|ai je|j ai"),
    (
        Word::MyTeam,
        "mon equipe|mes commerciaux|mes vendeurs|mes collaborateurs|mon equipe commerciale",
    ),
    (
        Word::Team,
        "equipe de vente|equipe des ventes|equipe commerciale|l equipe commerciale|notre|nos|nous|l equipe|avons nous|equipe",
    ),
    (
        Word::Also,
        "en plus|egalement|inclus aussi|et|et pour|qu en est il de|aussi|maintenant|et de|et en|et si|meme chose pour|et chez|et avec|qu en est il des",
    ),
    (Word::Instead, "a la place|plutot"),
    (
        Word::Write,
        "supprime|supprimer|supprimez|efface|effacer|modifie|modifier|modifiez|mets|mettre|change|changez|cree|creer|assigne|attribue|deplace|ajoute|envoie|marque|convertis|ferme|archive|renomme|exporte|retire",
    ),
    (
        Word::Forbidden,
        "ignore|oublie|tes regles|tes instructions|instructions precedentes|autre locataire|autre entreprise|autres entreprises|mot de passe|mots de passe|prompt systeme|sql|toutes les entreprises|identifiants|secret",
    ),
    (
        Word::Filler,
        "doit|doivent|devrait|devraient|echange|echanges|echangees|je|le|la|les|l|un|une|des|du|de|d|en|dans|a|au|aux|pour|avec|est|sont|etait|etaient|etre|a t|ont|avons|avez|avait|il|elle|ils|elles|on|se|sa|son|ses|leur|leurs|ce|cet|cette|ces|c|qu|que|qui|qu est ce que|qu est ce qui|est ce que|est ce|quoi|quel est|quelle est|quelle etait|quel etait|comment|s il te plait|s il vous plait|svp|donne|donnez|dis|veux|voudrais|besoin|peux|peut|savoir|total|totale|au total|en tout|tout|toute|tous|toutes|actuellement|en ce moment|maintenant|bonjour|merci|celles|ceux|celle|celui|y|t|m|s|j|n|tres|deja|encore|ou en est|passe|passes|passees|fait|faits|eu|eus|restent|reste|resume|rapport|chacun|chacune|moi|y a t il|combien y a t il|provenant|venant|issues|issus|realise|realises|realisees",
    ),
];
